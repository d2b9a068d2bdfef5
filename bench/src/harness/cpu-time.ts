/**
 * Milliseconds of processor time that this process has used, in user code and in the kernel, its threads for
 * compiling and collecting garbage included. Unlike the time of day, it stands still while the processor works for
 * somebody else; for work that waits for nothing, the two agree on an idle machine.
 */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
