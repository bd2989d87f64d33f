// An OpenID provider: npm's `oidc-provider`, with a page on which anybody signs in under the name that they type.
//
// Names choose what the provider proves and how it misbehaves: `mfa-…` has proven two factors, `wrong-aud` gets an ID token for
// somebody else's client, `wrong-nonce` one with another nonce, `wrong-iss` and `no-iss` an answer of another issuer or of none,
// `replay` the code of an earlier answer, and the answer of `held-…` is shown at `/last` before the browser takes it on.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createRequire } from 'node:module';

const { PACKAGES, ISSUER, REDIRECT, CERTIFICATE, KEY } = process.env;
const packages = createRequire(`${PACKAGES}/`);
const { default: Provider } = await import(packages.resolve('oidc-provider'));
const jose = await import(packages.resolve('jose'));

const { privateKey } = await jose.generateKeyPair('RS256', { extractable: true });
const key = { ...await jose.exportJWK(privateKey), kid: 'one', alg: 'RS256', use: 'sig' };

const provider = new Provider(ISSUER, {
  clients: [{ client_id: 'sekisho', client_secret: 'a secret of 40 characters / with + signs', redirect_uris: [REDIRECT] }],
  jwks: { keys: [key] },
  cookies: { keys: ['a key of the test'] },
  claims: { openid: ['sub', 'acr', 'amr'], groups: ['groups', 'dept'] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, groups: id.endsWith('engineer') ? ['eng'] : [], dept: 'Lab', email: 'alice@example.jp' }),
  }),
  ttl: { Interaction: 600, Session: 600, Grant: 600 },
});

const page = (uid) => `<!doctype html><title>Sign in</title><form method=post action=/interaction/${uid}>
<input id=login name=login><button id=go>Sign in</button></form>`;

provider.use(async (ctx, next) => {
  const uid = ctx.path.match(/^\/interaction\/([\w-]+)$/)?.[1];
  if (!uid) {
    await next();
    if (ctx.path === '/last') ctx.body = last;
    const location = ctx.response.get('location') ?? '';
    if (location.startsWith(REDIRECT)) answer(ctx, new URL(location));
    if (ctx.path === '/token' && ctx.body?.id_token) ctx.body.id_token = await spoiled(ctx.body.id_token);
    return;
  }
  const { params } = await provider.interactionDetails(ctx.req, ctx.res);
  if (ctx.method === 'GET') {
    ctx.type = 'html';
    ctx.body = page(uid);
    return;
  }
  let body = '';
  for await (const chunk of ctx.req) body += chunk;
  const accountId = new URLSearchParams(body).get('login');
  const grant = new provider.Grant({ accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const amr = accountId.startsWith('mfa-') ? ['pwd', 'otp'] : ['pwd'];
  const result = { login: { accountId, amr }, consent: { grantId: await grant.save() } };
  ctx.respond = false;
  await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: false });
});

let last = '';
let code = '';

function answer(ctx, url) {
  const login = ctx.oidc?.session?.accountId ?? '';
  if (login === 'wrong-iss') url.searchParams.set('iss', 'https://another.example');
  if (login === 'no-iss') url.searchParams.delete('iss');
  if (login === 'replay') url.searchParams.set('code', code);
  else code = url.searchParams.get('code');
  last = url.href;
  ctx.redirect(login.startsWith('held-') ? '/last' : last);
}

async function spoiled(token) {
  const claims = jose.decodeJwt(token);
  if (claims.sub === 'wrong-aud') claims.aud = 'another-client';
  else if (claims.sub === 'wrong-nonce') claims.nonce = 'another';
  else return token;
  return new jose.SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'one' }).sign(privateKey);
}

const options = { cert: readFileSync(CERTIFICATE), key: readFileSync(KEY) };
createServer(options, provider.callback()).listen(new URL(ISSUER).port, '127.0.0.1', () => console.log('ready'));
