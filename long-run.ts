/**
 * Runs the main of a long run and leaves the process with its exit code: 2 for wrong use, which is a RangeError or a
 * TypeError, 1 for any other error. Its message goes to standard error.
 */
export function runLongRun(main: () => Promise<number>): void {
  main().then(
    (code) => {
      process.exitCode = code;
    },
    (error: Error) => {
      console.error(error.message);
      process.exitCode = error instanceof RangeError || error instanceof TypeError ? 2 : 1;
    },
  );
}
