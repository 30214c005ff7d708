// <novu-inbox src token unread>: one subscriber's messages behind a bell. docs/inbox.md has its words, parts and events.
// Text only: no message ever becomes markup.
const WORDS = {
	title: "Notifications", unread: "{count} unread", all: "Mark all as read", dot: "Unread", archive: "Archive",
	more: "Show more", empty: "Nothing here yet.", failed: "This cannot be loaded.",
};
const sheet = new CSSStyleSheet();
sheet.replaceSync(`\
:host{display:inline-block;font:var(--novu-font,inherit);--a:var(--novu-accent,light-dark(#0b57d0,#8ab4f8));\
--l:1px solid var(--novu-line,light-dark(#ddd,#555))}\
:host([hidden]){display:none}\
button{all:unset;min-height:24px;cursor:pointer}\
:focus-visible{outline:2px solid var(--a)}\
[part=bell]{position:relative;padding:6px}\
i{display:block;width:24px;height:24px;background:currentColor;\
clip-path:path("M4 18l2-4V9a6 6 0 0 1 12 0v5l2 4zM9 20h6a3 3 0 0 1-6 0")}\
[part=count]{position:absolute;top:0;left:50%;padding:0 4px;border-radius:8px;background:var(--novu-badge,#a11);\
color:#fff;font:12px/18px system-ui}\
[part=panel]{padding:0;margin:0;box-sizing:border-box;width:min(var(--novu-width,24rem),100vw - 16px);border:var(--l);\
border-radius:var(--novu-radius,12px);background:var(--novu-paper,light-dark(#fff,#111));\
color:var(--novu-ink,light-dark(#111,#ddd));overflow-wrap:anywhere}\
[part=header]{position:sticky;top:0;display:flex;justify-content:space-between;padding:8px 16px;background:inherit}\
ul,p{padding:0;margin:0}\
li,[part=note]{display:block;border-top:var(--l);padding:8px 24px}\
li>:first-child,[part=body],[part=subject]{display:block;width:100%;white-space:pre-line}\
[part=unread]{position:absolute;width:8px;height:8px;margin:8px -16px;border-radius:8px;background:var(--a)}\
[part=subject]{font-weight:600}\
[part=action],[part=button]{color:var(--a);margin-right:16px}\
[part=time],[part=note],[aria-disabled=true]{color:var(--novu-quiet,light-dark(#555,#aaa))}`);

const make = (tag, part, more, ...children) => {
	const node = Object.assign(document.createElement(tag), more);
	if (part) node.setAttribute("part", part);
	node.append(...children);
	return node;
};
const slot = (name, content) => make("slot", "", { name }, content);
const button = (part, id, text, done) => make("button", part, { id, ariaDisabled: !!done }, text);
// What is as it was stays in its place: a click that has begun on it, or the focus, would be lost.
const fill = (parent, ...nodes) => {
	const old = parent.children;
	nodes = nodes.flat();
	nodes.forEach((node, at) => old[at] ? node.isEqualNode(old[at]) || old[at].replaceWith(node) : parent.append(node));
	while (old[nodes.length]) old[nodes.length].remove();
};

const inbox = (host) => {
	const root = host.attachShadow({ mode: "open" }), given = (name) => host.getAttribute(name) ?? "";
	const bell = make("button", "bell"), list = make("ul", "list", { role: "list" }), panel = make("div", "panel", { popover: "auto", role: "dialog", tabIndex: -1 });
	let items = [], ready, unread, limit, more, channel, loading, again, failures, rise, last, newest, others, control = new AbortController(), asked = 0;

	const emit = (name, detail, cancelable) =>
		host.dispatchEvent(new CustomEvent("novu:" + name, { detail, cancelable, bubbles: true, composed: true }));
	const address = (path) => new URL(given("src").replace(/\/*$/, "/v1/inbox/") + path, document.baseURI);
	const rows = () => [...list.children];
	const opened = () => panel.matches(":popover-open");

	// Gives nothing where it failed, or the token is another by now; after a 401 nothing is asked.
	const ask = async (method, path, body) => {
		const mine = channel;
		let status;
		if (mine) try {
			const headers = { authorization: "Bearer " + given("token"), "content-type": "application/json" };
			const answer = await fetch(address("notifications" + path), { method, headers, body, keepalive: true });
			status = answer.status;
			const data = status === 204 || await answer.json();
			if (!answer.ok) throw Error(status);
			if (mine === channel) return failures = 0, data;
		} catch (error) {
			if (mine !== channel) return;
			if (status === 401) end();
			if (!failures++ || !channel) emit("error", { error, status });
			draw();
		}
	};
	const recount = async () => {
		const mine = ++asked, told = await ask("GET", '/count?filters=[{"read":false,"snoozed":false}]');
		// What was asked for before the newest is not told after it. Of this and what another tab told meanwhile, either may be newer.
		if (mine < newest || !told) return;
		newest = mine;
		mine < others ? await recount() : hear(told.data[0].count);
	};
	// Another tab has `told` it; else the others are.
	const hear = (number, told) => {
		told || channel.postMessage(number);
		rise += Math.max(0, number - (unread ?? number));
		set(number);
		if (!document.hidden && (opened() || rise)) load();
	};
	const set = (number) => {
		if (number === unread) return;
		unread = number;
		draw();
		emit("count", { unread });
	};
	const load = () => {
		again = true;
		return loading ??= (async () => {
			while (again) again = false, show(await ask("GET", `?limit=${limit}&archived=false&snoozed=false`));
			loading = null;
		})();
	};
	const show = (page) => {
		if (!page) return;
		items = page.data;
		more = page.hasMore && limit < 100;
		const fresh = items.filter((item) => !item.isRead && item.createdAt > last).slice(0, last ? limit : rise);
		rise = 0;
		last = items[0]?.createdAt ?? "0";
		draw();
		for (const message of fresh) emit("message", { message });
		const notificationIds = items.filter((item) => !item.isSeen).map((item) => item.id);
		if (opened() && notificationIds[0]) ask("POST", "/seen", JSON.stringify({ notificationIds }));
	};
	const change = async (...what) => {
		if (await ask(...what)) load(), recount();
	};

	// One tab listens, whichever holds the lock, and tells the others; a hidden one does not.
	const listen = (count) => {
		control.abort();
		if (document.hidden) return;
		const { signal } = control = new AbortController();
		const lead = () => new Promise((done) => {
			let timer, socket, stood;
			signal.onabort = () => {
				clearTimeout(timer), done();
				// Chromium complains in the console of one that is closed before it stands.
				socket.readyState ? socket.close() : socket.onopen = () => socket.close();
			};
			const poll = async () => {
				await recount();
				const seconds = Math.max(1, given("poll") || 15) * 2 ** Math.min(failures, 4);
				if (!signal.aborted) timer = setTimeout(stood ? connect : poll, seconds * 1e3);
			};
			const connect = () => {
				socket = new WebSocket(address("socket?token=" + given("token")).href.replace("http", "ws"));
				socket.onopen = () => { stood = 1; };
				socket.onclose = () => signal.aborted || poll();
				socket.onmessage = ({ data }) => {
					const { event, data: told } = JSON.parse(data);
					if (event === "unread_count_changed" && !signal.aborted) newest = ++asked, hear(told.counts.total);
				};
			};
			connect();
		});
		navigator.locks ? navigator.locks.request(channel.name, { signal }, lead).catch(() => {}) : lead();
		if (count) recount();
	};
	const begin = (connected) => {
		ready ||= connected;
		if (!ready) return;
		end();
		items = [], last = "", failures = rise = 0, limit = +given("limit") || 10;
		draw();
		const token = given("token");
		if (!token || !host.isConnected) return;
		document.addEventListener("visibilitychange", listen);
		// Tabs of one subscriber share a socket, though each has a token of its own: its claims end with its last hour.
		channel = new BroadcastChannel(address(token.slice(0, token.indexOf(".") - 16)));
		channel.onmessage = ({ data }) => hear(data, others = ++asked);
		listen(unread === undefined);
	};
	const end = () => {
		document.removeEventListener("visibilitychange", listen);
		control.abort(), channel = channel?.close(), follow();
	};

	const draw = () => {
		const words = { ...WORDS }, number = unread > 99 ? "99+" : unread, at = root.activeElement;
		try { Object.assign(words, JSON.parse(given("words"))); } catch {}
		const rank = rows().indexOf(at?.closest("li"));
		let lang = (host.lang || document.documentElement.lang).replace("_", "-");
		try { Intl.getCanonicalLocales(lang); } catch { lang = []; }
		panel.ariaLabel = words.title;
		bell.ariaLabel = words.title + (unread ? ", " + words.unread.replace("{count}", number) : "");
		fill(bell, slot("icon", make("i")), unread ? make("span", "count", {}, number) : []);
		fill(list, items.map((item) => {
			const text = button("", item.id + " read", item.isRead ? "" : make("span", "unread", { role: "img", ariaLabel: words.dot }));
			for (const part of ["subject", "body"]) if (item[part]) text.append(make("span", part, {}, item[part]));
			text.append(make("time", "time", {}, new Date(item.createdAt).toLocaleString(lang, { dateStyle: "medium", timeStyle: "short" })));
			const row = make("li", "item", {}, text);
			for (const kind of ["primary", "secondary"]) {
				const action = item[kind + "Action"];
				if (action) row.append(button("action", item.id + " " + kind, action.label, action.isCompleted));
			}
			if (host.hasAttribute("archive")) row.append(button("button", item.id + " archive", words.archive));
			return row;
		}));
		fill(panel,
			make("div", "header", {}, slot("header", words.title), button("button", "all", words.all, !unread)),
			list,
			more ? button("button", "more", words.more) : [],
			failures ? make("p", "note", { role: "alert" }, words.failed) : last && !items[0] ? slot("empty", make("p", "note", {}, words.empty)) : []);
		// The focus stays where it was, also where that row is a new one or gone.
		if (at?.id) (root.getElementById(at.id) ?? rows()[rank]?.firstChild ?? panel).focus({ preventScroll: true });
	};
	panel.onclick = (event) => {
		const [id, verb] = event.target.closest("button")?.id.split(" ") ?? [];
		if (id === "all" && unread) change("POST", "/read", "{}");
		if (id === "more") limit = Math.min(100, limit + 10), load();
		if (!verb) return;
		const message = items.find((item) => item.id === id), action = message[verb + "Action"];
		if (action?.isCompleted) return;
		if (action) change("PATCH", `/${id}/complete`, JSON.stringify({ actionType: verb }));
		else if (verb === "archive" || !message.isRead) change("PATCH", `/${id}/${verb}`);
		if (verb === "archive") return;
		const { url, target = "" } = (action ?? message).redirect ?? {};
		const link = make("a", "", { href: url, target, rel: "noreferrer" });
		if (emit("open", { message, action }, true) && url && /^https?:$/.test(link.protocol)) link.click();
	};
	panel.onkeydown = (event) => {
		const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
		const row = step && rows()[rows().indexOf(root.activeElement.closest("li")) + step];
		if (row) row.firstChild.focus(), event.preventDefault();
	};
	const place = () => {
		const at = bell.getBoundingClientRect(), { style, offsetWidth: width } = panel;
		const [side, edge] = given("placement").split("-"), under = innerHeight - at.bottom;
		const up = at.top > 240 && (side === "top" || under < 240);
		const left = Math.max(8, Math.min(edge === "start" ? at.left : at.right - width, innerWidth - width - 8));
		style.inset = up ? `auto auto ${innerHeight - at.top}px ${left}px` : `${at.bottom}px auto auto ${left}px`;
		style.maxHeight = `min(40rem,${(up ? at.top : under) - 8}px)`;
	};
	// A bell that is taken out is closed without an event, though the one of its opening may come yet.
	const follow = () => {
		const turn = opened() ? addEventListener : removeEventListener;
		turn("resize", place, true), turn("scroll", place, true);
	};
	panel.ontoggle = () => {
		const open = opened();
		follow();
		if (open) place(), panel.focus(), load();
		else if (root.activeElement || document.activeElement === document.body) bell.focus();
		emit("toggle", { open });
	};
	root.adoptedStyleSheets = [sheet];
	root.append(bell, panel);
	bell.popoverTargetElement = panel;
	return { begin, end, set, draw, load, recount, panel, items: () => items, unread: () => unread ?? 0 };
};

customElements.get("novu-inbox") || customElements.define("novu-inbox", class extends HTMLElement {
	static observedAttributes = ["token", "unread", "words", "lang"];
	#own = inbox(this);
	connectedCallback() { this.#own.begin(true); }
	disconnectedCallback() { this.#own.end(); }
	attributeChangedCallback(name, before, now) {
		this.#own[{ token: "begin", unread: "set" }[name] ?? "draw"](+now || 0);
	}
	get unread() { return this.#own.unread(); }
	set unread(number) { this.setAttribute("unread", number); }
	get items() { return this.#own.items(); }
	open() { this.#own.panel.showPopover(); }
	close() { this.#own.panel.hidePopover(); }
	refresh() { return Promise.all([this.#own.recount(), this.#own.load()]); }
});
