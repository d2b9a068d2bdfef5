const { exports: subpaths } = require('nestjs-session-manager/package.json') as { exports: object };

/** Jest in plain CommonJS mode takes the CommonJS half of the package, whatever is imported of it. */
it.each(Object.keys(subpaths).filter((subpath) => subpath !== './package.json'))(
  '%s is the CommonJS half',
  (subpath) => {
    const file = require.resolve(`nestjs-session-manager${subpath.slice(1)}`);
    expect(file).toMatch(/[\\/]dist[\\/]cjs[\\/](.+[\\/])?index\.js$/);
  },
);
