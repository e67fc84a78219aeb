// The page behind invitation and reset links: choose a password, sign in, see and end one's sessions.
// Tokens are held in this page's memory only: a reload signs nobody in.
'use strict';

const link = new URLSearchParams(location.hash.slice(1));
// The token stands in the fragment, which no server sees; from here on it is not in the history either.
history.replaceState(null, '', location.pathname);
const workspaceId = link.get('workspace') ?? undefined;
const purpose = link.has('invitation') ? 'invitation' : link.has('password-reset') ? 'password-reset' : null;

const element = (id) => document.getElementById(id);
let accessToken = null;
let refreshToken = null;

async function call(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: { ...(body !== undefined && { 'Content-Type': 'application/json' }), ...(accessToken !== null && { Authorization: `Bearer ${accessToken}` }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    credentials: 'omit',
    cache: 'no-store',
  });
  const answer = response.status === 204 ? null : await response.json();
  if (response.status === 401 && refreshToken !== null && ['token_expired', 'unauthenticated'].includes(answer.code)) {
    // Held until its answer has come: where that is lost, the same one is good once more for a moment.
    keep(await call('POST', '/v1/oauth/token', { grant_type: 'refresh_token', refresh_token: refreshToken }));
    return call(method, path, body);
  }
  if (!response.ok) throw Object.assign(new Error(answer.detail ?? answer.error_description ?? 'That did not work. Try again.'), { code: answer.code ?? answer.error });
  return answer;
}

function keep(tokens) {
  accessToken = tokens.access_token;
  refreshToken = tokens.refresh_token;
}

function say(text, bad = false) {
  const message = element('message');
  message.textContent = text;
  message.className = bad ? 'bad' : '';
}

function show(id) {
  for (const part of ['choose', 'sign-in', 'account']) element(part).hidden = part !== id;
  (id === 'account' ? element('title') : element(id).querySelector('p:not([hidden]) > input:not([type=checkbox])')).focus();
}

/** Runs the action once at a time; what it throws is said in words. */
function on(target, event, action) {
  target.addEventListener(event, async (happened) => {
    happened.preventDefault();
    const buttons = [...document.querySelectorAll('button')];
    for (const button of buttons) button.disabled = true;
    try {
      await action(happened);
    } catch (error) {
      say(error.message, true);
      if (error.code === 'token_revoked' || error.code === 'invalid_grant') signedOut();
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  });
}

function signedOut() {
  accessToken = null;
  refreshToken = null;
  show('sign-in');
}

async function showAccount() {
  const [me, { items }] = [await call('GET', '/v1/me'), await call('GET', '/v1/sessions')];
  element('who').textContent = `${me.actor.name}, ${me.roles.join(', ')} in ${me.workspace.name}`;
  element('sessions').replaceChildren(...items.map(sessionRow));
  show('account');
}

function sessionRow(session) {
  const row = document.createElement('li');
  const text = document.createElement('span');
  text.textContent = `${deviceName(session.device)}${session.network === null ? '' : `, network ${session.network}`}, last used ${new Date(session.lastUsedAt).toLocaleString()}${session.current ? ' (here)' : ''}`;
  row.append(text);
  if (!session.current) {
    const end = document.createElement('button');
    end.type = 'button';
    end.className = 'quiet';
    end.textContent = 'End';
    end.setAttribute('aria-label', `End the session on ${deviceName(session.device)}`);
    on(end, 'click', async () => {
      await call('DELETE', `/v1/sessions/${encodeURIComponent(session.id)}`);
      await showAccount();
      say('That session has ended.');
    });
    row.append(end);
  }
  return row;
}

/** What a person would call it; a program that is no browser is shown by its own name. */
function deviceName(userAgent) {
  if (userAgent === null) return 'Unknown device';
  const browser = [['Edg/', 'Edge'], ['OPR/', 'Opera'], ['Firefox/', 'Firefox'], ['Chrome/', 'Chrome'], ['Safari/', 'Safari']].find(([mark]) => userAgent.includes(mark))?.[1];
  const system = [['Android', 'Android'], ['iPhone', 'iPhone'], ['iPad', 'iPad'], ['Windows', 'Windows'], ['Mac OS', 'macOS'], ['Linux', 'Linux']].find(([mark]) => userAgent.includes(mark))?.[1];
  return browser === undefined ? userAgent.split(' ')[0] : system === undefined ? browser : `${browser} on ${system}`;
}

for (const box of document.querySelectorAll('[data-shows]')) {
  box.addEventListener('change', () => (element(box.dataset.shows).type = box.checked ? 'text' : 'password'));
}

on(element('choose'), 'submit', async () => {
  const name = element('name').value.trim();
  keep(await call('POST', `/v1/auth/${purpose}`, { token: link.get(purpose), password: element('new-password').value, ...(name !== '' && { name }) }));
  element('choose').reset();
  await showAccount();
  say('Your password is set. You are signed in.');
});

on(element('sign-in'), 'submit', async () => {
  keep(await call('POST', '/v1/auth/login', { email: element('email').value, password: element('password').value, ...(workspaceId !== undefined && { workspaceId }) }));
  element('sign-in').reset();
  await showAccount();
  say('');
});

on(element('sign-out'), 'click', async () => {
  await call('POST', '/v1/auth/logout');
  signedOut();
  say('You are signed out.');
});

on(element('sign-out-all'), 'click', async () => {
  const { ended } = await call('POST', '/v1/auth/logout-all');
  signedOut();
  say(`Signed out everywhere: ${ended} ${ended === 1 ? 'session has' : 'sessions have'} ended.`);
});

on(element('change'), 'submit', async () => {
  await call('POST', '/v1/auth/password', { currentPassword: element('present').value, newPassword: element('next').value });
  element('change').reset();
  await showAccount();
  say('Your password is changed. Your other sessions have ended.');
});

if (purpose === null) {
  show('sign-in');
} else {
  element('title').textContent = purpose === 'invitation' ? 'Welcome to TalentMatch' : 'Set a new password';
  element('choose-hint').textContent = purpose === 'invitation' ? 'You were invited. Choose a password to begin.' : 'Your other sessions will end.';
  element('name-field').hidden = purpose !== 'invitation';
  show('choose');
}
