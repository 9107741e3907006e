/** Pulumi's own limit for messages, both ways; gRPC's default of 4 MB is too small for large states. */
export const channelOptions = {
  "grpc.max_receive_message_length": 400 * 1024 * 1024,
  "grpc.max_send_message_length": 400 * 1024 * 1024,
};
