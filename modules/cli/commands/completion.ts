import { Argument, Command } from "commander";
import type { Attach } from "../run.ts";
import { withCommonOptions, withExamples } from "./options.ts";

export function completionCommand(attach: Attach): Command {
  const command = new Command("completion")
    .description("print a completion script for a shell")
    .addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh", "fish"]));
  withExamples(withCommonOptions(command), [
    ["source <(stackhouse completion bash)", "in ~/.bashrc"],
    ["source <(stackhouse completion zsh)", "in ~/.zshrc, after compinit"],
    ["stackhouse completion fish | source", "in ~/.config/fish/config.fish"],
  ]);
  return attach(command, async () => {
    const { completion } = await import("../actions/completion.ts");
    return completion(command.parent ?? command);
  });
}
