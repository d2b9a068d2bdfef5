import { InvalidInputError } from './errors.js';
import { parsePermission, type Permission } from './permission.js';
import { describeValue, isPlainText } from '../util/text.js';

/** Rights by dataset name. What the library hands out has no prototype, so `datasets[name]` is safe for any name. */
export type DatasetPermissions = Readonly<Record<string, readonly Permission[]>>;

const MAX_NAME_LENGTH = 256;

/** Writes rights in plantdb's form of the `datasets` claim: `name/Permission.READ,Permission.WRITE;other/…`. */
export function formatDatasets(datasets: DatasetPermissions): string {
  return Object.entries(datasets)
    .map(([name, permissions]) => `${name}/${permissions.map(wireName).join(',')}`)
    .join(';');
}

/** Reads the claim back; `undefined` if a name or a permission in it is none, or a name comes twice. */
export function parseDatasets(claim: string): DatasetPermissions | undefined {
  const datasets = emptyDatasets();
  if (claim === '') return Object.freeze(datasets);
  for (const entry of claim.split(';')) {
    const slash = entry.indexOf('/');
    const name = entry.slice(0, Math.max(slash, 0));
    if (!isDatasetName(name) || name in datasets) return undefined;
    const list = entry.slice(slash + 1);
    const permissions = list === '' ? [] : list.split(',').map(parsePermission);
    if (!permissions.every((permission) => permission !== undefined)) return undefined;
    datasets[name] = Object.freeze(permissions);
  }
  return Object.freeze(datasets);
}

/**
 * A clean copy of what a caller gave.
 *
 * @throws InvalidInputError for a name that would change the meaning of the claim (`a/READ;victim` would grant
 * rights on `victim`) or of an object (`__proto__`), and for an unknown permission.
 */
export function checkDatasets(given: unknown): DatasetPermissions {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new InvalidInputError(
      `datasets: expected an object of dataset name to permissions, got ${describeValue(given)}`,
    );
  }
  const datasets = emptyDatasets();
  for (const [name, permissions] of Object.entries(given)) {
    if (!isDatasetName(name)) {
      throw new InvalidInputError(
        `datasets: expected names of 1 to ${MAX_NAME_LENGTH} characters without ";", "/" and control characters ` +
          `that no object inherits, got ${describeValue(name)}`,
      );
    }
    datasets[name] = Object.freeze(checkPermissions(permissions));
  }
  return Object.freeze(datasets);
}

/** Whether these rights include one; a dataset that they do not name grants none. */
export function grants(datasets: DatasetPermissions, name: string, permission: Permission): boolean {
  return Object.hasOwn(datasets, name) && datasets[name]!.includes(permission);
}

function checkPermissions(given: unknown): Permission[] {
  if (!Array.isArray(given)) {
    throw new InvalidInputError(
      `datasets: expected an array of permissions for each name, got ${describeValue(given)}`,
    );
  }
  // Array.from sees the holes that map passes over.
  const permissions = Array.from(given, (text: unknown) => {
    const permission = parsePermission(text);
    if (permission === undefined) {
      throw new InvalidInputError(`datasets: expected values of Permission, got ${describeValue(text)}`);
    }
    return permission;
  });
  return [...new Set(permissions)];
}

function isDatasetName(name: string): boolean {
  return isPlainText(name, MAX_NAME_LENGTH) && !/[;/]/.test(name) && !(name in Object.prototype);
}

function emptyDatasets(): Record<string, readonly Permission[]> {
  return Object.create(null) as Record<string, readonly Permission[]>;
}

function wireName(permission: Permission): string {
  return `Permission.${permission.toUpperCase()}`;
}
