// A CI system's issuer: npm's `oidc-provider`, which gives a job a signed token for the audience that it asks for. The name of a client
// is the subject of its tokens.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createRequire } from 'node:module';

const { PACKAGES, ISSUER, SUBJECTS, CERTIFICATE, KEY } = process.env;
const packages = createRequire(`${PACKAGES}/`);
const { default: Provider } = await import(packages.resolve('oidc-provider'));
const jose = await import(packages.resolve('jose'));

const { privateKey } = await jose.generateKeyPair('ES256', { extractable: true });
const key = { ...await jose.exportJWK(privateKey), kid: 'one', alg: 'ES256', use: 'sig' };

const client = (id) => ({
  client_id: id, client_secret: 'secret', grant_types: ['client_credentials'], redirect_uris: [], response_types: [],
  token_endpoint_auth_method: 'client_secret_post', id_token_signed_response_alg: 'ES256',
});

const provider = new Provider(ISSUER, {
  clients: JSON.parse(SUBJECTS).map(client),
  jwks: { keys: [key] },
  cookies: { keys: ['a key of the test'] },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (ctx, resource) => ({
        scope: '', audience: resource, accessTokenTTL: 300, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
  extraTokenClaims: () => ({ environment: 'production' }),
});

const options = { cert: readFileSync(CERTIFICATE), key: readFileSync(KEY) };
createServer(options, provider.callback()).listen(new URL(ISSUER).port, '127.0.0.1', () => console.log('ready'));
