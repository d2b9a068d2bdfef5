/** Issue is rounded down, expiry up: records and claims lie on whole seconds. */
export const floor = (time: number) => Math.floor(time / 1000) * 1000;
export const ceil = (time: number) => Math.ceil(time / 1000) * 1000;
