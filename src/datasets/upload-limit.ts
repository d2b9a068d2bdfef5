/** Injects how many bytes an upload may have. */
export const UPLOAD_LIMIT = Symbol('UPLOAD_LIMIT');
