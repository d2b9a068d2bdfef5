/** A route of the application. */
export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** As OpenAPI writes it. */
  readonly template: string;
  /** What its body is. */
  readonly takes: 'json' | 'bytes' | 'nothing';
  /** Whether it answers without a credential. */
  readonly isPublic?: boolean;
}

export const ROUTES: readonly Route[] = [
  { method: 'post', template: '/auth/login', takes: 'json', isPublic: true },
  { method: 'post', template: '/auth/refresh', takes: 'json', isPublic: true },
  { method: 'post', template: '/auth/logout', takes: 'nothing', isPublic: true },
  { method: 'get', template: '/auth/me', takes: 'nothing' },
  { method: 'get', template: '/auth/sessions', takes: 'nothing' },
  { method: 'delete', template: '/auth/sessions', takes: 'nothing' },
  { method: 'delete', template: '/auth/sessions/{id}', takes: 'nothing' },
  { method: 'post', template: '/auth/api-tokens', takes: 'json' },
  { method: 'get', template: '/auth/api-tokens', takes: 'nothing' },
  { method: 'delete', template: '/auth/api-tokens/{jti}', takes: 'nothing' },
  { method: 'get', template: '/datasets', takes: 'nothing' },
  { method: 'put', template: '/datasets/{dataset}', takes: 'nothing' },
  { method: 'delete', template: '/datasets/{dataset}', takes: 'nothing' },
  { method: 'get', template: '/datasets/{dataset}/files', takes: 'nothing' },
  { method: 'get', template: '/datasets/{dataset}/files/{file}', takes: 'nothing' },
  { method: 'put', template: '/datasets/{dataset}/files/{file}', takes: 'bytes' },
  { method: 'delete', template: '/datasets/{dataset}/files/{file}', takes: 'nothing' },
];

/** The path of a route with every parameter filled in alike. */
export function pathOf({ template }: Route, parameter: string): string {
  return template.replace(/\{\w+\}/g, parameter);
}
