export const ALL_KINDS: string[] = [];
