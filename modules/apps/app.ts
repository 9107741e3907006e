import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../hosts/host.ts";
import { checked } from "../hosts/shape.ts";
import { refuse } from "../hosts/validate.ts";
import { appShape } from "./app-shape.ts";
import { AppResource, type RegistryCredentials } from "./app-resource.ts";
import { fromProject } from "./project-folder.ts";
import { knownServices } from "./service-names.ts";
import { serviceHandles, type AppService } from "./services.ts";

/** A stack file as an object, as it would stand in YAML: https://github.com/compose-spec/compose-spec/blob/main/spec.md */
export interface InlineStackFile<Name extends string> {
  readonly services: Readonly<Record<Name, object>>;
  readonly [key: string]: unknown;
}

/** Arguments of an `App`. Exactly one of `files` and `inline` is given. */
export interface AppArgs<Name extends string> {
  /** Where the app runs. A change of the host replaces the app. */
  readonly host: Host;
  /** Stack files in merge order, relative to the folder of `Pulumi.yaml`. */
  readonly files?: string | readonly string[] | undefined;
  /** The stack file as an object; its values may be outputs of other resources; secret ones are in no message. */
  readonly inline?: InlineStackFile<Name> | undefined;
  /** Folder that relative paths in the stack file start from. Default: the folder of the first file, or of `Pulumi.yaml`. */
  readonly projectDirectory?: string | undefined;
  /** The app's name on its host: wins over `name:` in the stack file. A change replaces the app. */
  readonly name?: string | undefined;
  /** Files with variables, later wins. Default: `.env` beside the stack file. */
  readonly envFiles?: readonly string[] | undefined;
  /** Profiles of the stack file that are active. */
  readonly profiles?: readonly string[] | undefined;
  /** Values for `${NAME}` in the stack file. Outputs that are unknown in a preview are shown as unknown. */
  readonly variables?: pulumi.Input<Record<string, pulumi.Input<string>>> | undefined;
  /** Like `variables`, and kept secret; what `secrets: { x: { environment: NAME } }` reads too. */
  readonly secrets?: pulumi.Input<Record<string, pulumi.Input<string>>> | undefined;
  /** Credentials by registry: `registry.example.com:5000`. Kept secret. */
  readonly registries?: pulumi.Input<Record<string, pulumi.Input<RegistryCredentials>>> | undefined;
  /** Image archives (`docker save`) on the workstation, relative to the folder of `Pulumi.yaml`: no registry is needed for these. */
  readonly imageArchives?: pulumi.Input<pulumi.Input<string>[]> | undefined;
  /** Keys of named volumes whose data is deleted with the app. Default: none, data outlives the app. */
  readonly deleteVolumes?: readonly string[] | undefined;
}

/**
 * The app of a stack file, running on a host: started in dependency order, gated on its health checks.
 *
 * `services` has one entry for each service of the stack file. With `inline` the compiler knows their names; with `files` name
 * those that you use: `new App<"web">(…)`.
 *
 * @example
 * const shop = new App<"web">("shop", { host, files: "compose.yaml", variables: { GREETING: "hello" } });
 * export const url = shop.services.web.url;
 */
export class App<Name extends string = string> extends pulumi.ComponentResource {
  /** The services by name. A name that the stack file does not have is an error that names the nearest. */
  readonly services: Readonly<Record<Name, AppService>>;
  /** Id of the release that runs. */
  readonly release: pulumi.Output<string>;
  /** The app's name on its host. */
  readonly name: pulumi.Output<string>;

  constructor(name: string, wanted: AppArgs<Name>, options: pulumi.ComponentResourceOptions = {}) {
    const args = checkedArguments(name, wanted);
    super("stackhouse:apps:App", name, {}, options);
    const { host, files, imageArchives, projectDirectory, envFiles, profiles, deleteVolumes } = args;
    const paths = files === undefined ? undefined : [files].flat().map(fromProject);
    const source = {
      projectDirectory: projectDirectory === undefined && paths ? undefined : fromProject(projectDirectory ?? "."),
      files: paths,
      inline: args.inline as Readonly<Record<string, unknown>> | undefined,
      envFiles: envFiles?.map(fromProject),
      profiles: profiles && [...profiles],
      variables: args.variables,
    };
    host.publish?.({ ...source, name, secrets: args.secrets });
    const resource = new AppResource(
      name,
      {
        ...source,
        hostId: host.hostId,
        connection: host.connection,
        exposure: host.exposure,
        name: args.name,
        secrets: args.secrets === undefined ? undefined : pulumi.secret(args.secrets),
        registries: args.registries === undefined ? undefined : pulumi.secret(args.registries),
        imageArchives: imageArchives && pulumi.output(imageArchives).apply((all) => all.map(fromProject)),
        deleteVolumes: deleteVolumes && [...deleteVolumes],
      },
      {
        parent: this,
        dependsOn: [host.ready],
        ...(host.machine === undefined ? {} : { deletedWith: host.machine }),
      },
    );
    this.name = resource.name;
    this.release = resource.release;
    const known = knownServices(source);
    this.services = serviceHandles(resource.services, { app: name, known });
    this.registerOutputs({ name: this.name, release: this.release });
  }
}

function checkedArguments<Name extends string>(name: string, wanted: AppArgs<Name>): AppArgs<Name> {
  const where = `App ${name}`;
  // A host and a stack file are taken as they are: in a stack file `null` says something.
  const args = { ...checked(where, appShape, wanted), host: wanted.host, inline: wanted.inline ?? undefined };
  if ((args.files === undefined) === (args.inline === undefined)) {
    refuse(where, "files", "and inline: give exactly one of them");
  }
  if (args.files !== undefined && [args.files].flat().length === 0) refuse(where, "files", "is empty");
  return args;
}
