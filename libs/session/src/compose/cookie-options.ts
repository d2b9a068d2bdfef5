import { SessionConfigurationError } from '../core/errors.js';
import { checkAgainst } from './check-options.js';
import { IsCookieName, IsCookiePath, IsOneOf, IsOrigins } from './option-checks.js';
import { IsOmittable } from './option-rule.js';

/**
 * How cookies carry a session. The options of `new CookieTransport({ … })`, which is given as the option `transport`, and
 * what follows from them; guide cookies-and-csrf uses them.
 */
export class CookieTransportOptions {
  /**
   * What the names of both cookies have in common: letters, digits, `-` and `_`, up to 64, not `__` in front. With
   * `'nsm'` they are `__Host-nsm_access` and `__Host-nsm_refresh`. Two applications on one host need two names.
   * Default: `'nsm'`.
   */
  @IsOmittable()
  @IsCookieName()
  readonly name?: string;

  /**
   * The path that the refresh cookie is sent to, where refresh **and logout** must lie then; `'/'` is everywhere. Any
   * other makes it `__Secure-nsm_refresh`, since browsers drop a `__Host-` cookie that has one; and whoever runs a
   * sibling subdomain can then toss in a refresh cookie of their own and log the victim in as themselves. Default: `'/'`.
   */
  @IsOmittable()
  @IsCookiePath()
  readonly refreshPath?: string;

  /**
   * With which requests of other sites browsers send the cookies: `'lax'` with links that are followed, `'strict'` with
   * none, so that who follows one from a mail arrives logged out, `'none'` with all of them as far as the browser lets
   * third-party cookies be; it needs `secure`. The rule on cross-site requests holds under each (decision 31).
   * Default: `'lax'`.
   */
  @IsOmittable()
  @IsOneOf('lax', 'strict', 'none')
  readonly sameSite?: 'lax' | 'strict' | 'none';

  /**
   * Whether the cookies travel over https alone (and to localhost). `false` is for plain http on another name: no prefix
   * and no `Secure`, and whoever is on the way reads them, and subdomains set them. The check `insecure-cookie` then refuses
   * to boot under `NODE_ENV=production`. Default: `true`.
   */
  @IsOmittable()
  @IsOneOf(true, false)
  readonly secure?: boolean;

  /**
   * Other origins whose requests count as one's own, such as that of a front end on another host: exactly as browsers send
   * it in `Origin`, `https://app.example.com`. CORS, with credentials, is yours to set up besides. Default: `[]`.
   */
  @IsOmittable()
  @IsOrigins()
  readonly trustedOrigins?: readonly string[];

  /**
   * Whether browsers keep the cookies when they close, for as long as the session can be renewed. `write` takes it for one
   * login, as "remember me" asks for; give it at each refresh of that session then, too. Default: `true`.
   */
  @IsOmittable()
  @IsOneOf(true, false)
  readonly persistent?: boolean;
}

/** What holds where an option of cookies is left out. */
export const COOKIE_DEFAULTS = Object.freeze({
  name: 'nsm',
  refreshPath: '/',
  sameSite: 'lax',
  secure: true,
  trustedOrigins: Object.freeze([]),
  persistent: true,
} as const satisfies Required<CookieTransportOptions>);

/**
 * The options with their defaults.
 *
 * @throws SessionConfigurationError that names each wrong one, what was expected and what came.
 */
export function checkCookieOptions(given: CookieTransportOptions): Required<CookieTransportOptions> {
  const checked = checkAgainst(CookieTransportOptions, given, 'CookieTransport');
  const options = withDefaults(checked);
  if (options.sameSite !== 'none' || options.secure) return options;
  throw new SessionConfigurationError(
    "sameSite: 'none' needs secure: true, browsers drop such a cookie otherwise",
  );
}

function withDefaults(checked: CookieTransportOptions): Required<CookieTransportOptions> {
  const names = Object.keys(COOKIE_DEFAULTS) as (keyof CookieTransportOptions)[];
  const options = Object.fromEntries(names.map((name) => [name, checked[name] ?? COOKIE_DEFAULTS[name]]));
  return options as unknown as Required<CookieTransportOptions>;
}
