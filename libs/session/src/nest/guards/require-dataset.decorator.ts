import { applyDecorators, UseGuards } from '@nestjs/common';
import type { Permission } from '../../core/permission.js';
import { DATASET_REQUIREMENT, Says } from '../rules/metadata.js';
import { DatasetGuard } from './dataset.guard.js';

/**
 * Lets API tokens in, if they hold `permission` on the dataset that the route parameter names, and if their owners do so
 * now where the option `effectivePermissions` tells it. An access token passes: what a user may do is the
 * application's to guard, under every strategy alike.
 *
 * `SessionGuard` must come first: bind it globally, on the class, or below this decorator. Several requirements add
 * up, on a handler, its class, the parents of that and in `applyDecorators` alike. A missing right is 403.
 *
 * @param permission the right it takes.
 * @param parameter the name of the route parameter that names the dataset.
 */
export const RequireDataset = (permission: Permission, parameter: string) =>
  applyDecorators(Says(DATASET_REQUIREMENT, { permission, parameter }), UseGuards(DatasetGuard));
