import type { Command } from "commander";
import { bashScript } from "../completion/bash.ts";
import { fishScript } from "../completion/fish.ts";
import { shapeOf } from "../completion/shape.ts";
import { zshScript } from "../completion/zsh.ts";
import { exitCodes } from "../exit-codes.ts";
import type { Handler } from "../run.ts";

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

export const completion =
  (program: Command): Handler<object> =>
  (context, _options, [shell]) => {
    const script = scripts[shell as keyof typeof scripts](shapeOf(program));
    context.print(script.trimEnd());
    return Promise.resolve(exitCodes.ok);
  };
