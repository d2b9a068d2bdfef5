/** Jest in plain CommonJS mode takes the CommonJS half of both entry points. */
it.each(['', '/testing'])('nestjs-session-manager%s is the CommonJS half', (subpath) => {
  const file = require.resolve(`nestjs-session-manager${subpath}`);
  expect(file).toMatch(/[\\/]dist[\\/]cjs[\\/](testing[\\/])?index\.js$/);
});
