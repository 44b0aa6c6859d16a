# Node runs the TypeScript sources directly, so there is nothing to compile: the first stage only fetches packages.
FROM node:24.21.0-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Scripts are for developers (a Node of the right version, test plugins); this image has its Node.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24.21.0-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=packages /app/node_modules ./node_modules
COPY package.json LICENSE* ./
COPY src ./src
COPY protocol ./protocol
COPY envs ./envs
COPY scenarios ./scenarios
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8765
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8765/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Reachable from outside, so it refuses to start without a token:
#   docker run -p 8765:8765 -e FRACTAL_GYM_TOKEN=$(openssl rand -hex 16) -v gym-data:/data fractal-gym
# On a trusted network, instead: docker run ... fractal-gym --insecure
# Clients that use a host name other than localhost need: --allow-host NAME
ENTRYPOINT ["node", "src/cli/launch.js", "serve", "--host", "0.0.0.0", "--data", "/data"]
