// masklet completion: prints the completion script of a shell.
import { type Command, command, operandOf } from "../command.ts";
import { completionScript, shells } from "../completion.ts";

/** The command for the table it stands in, which is complete only when it runs. */
export const completionOf = (table: () => readonly Command[]): Command =>
  command({
    words: ["completion"],
    summary: "print a completion script for your shell",
    operands: [operandOf("SHELL", "the shell it is for", shells)],
    options: {},
    examples: [
      { line: "source <(masklet completion bash)", does: "complete in this bash" },
      {
        line: "masklet completion fish > ~/.config/fish/completions/masklet.fish",
        does: "always complete in fish",
      },
    ],
    async run({ operands }, terminal) {
      const shell = shells.find((each) => each === operands[0]) ?? "bash";
      const script = completionScript(shell, table());
      if (terminal.json) terminal.result({ shell, script });
      else terminal.print(script.trimEnd());
      return 0;
    },
  });
