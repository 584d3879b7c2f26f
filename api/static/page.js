"use strict";

// All text goes in by textContent, never as markup, so nothing of an article is ever run or rendered.

const WORDS = JSON.parse(document.getElementById("words").textContent);
const DRAFT = "promo-detector-draft";
const at = (id) => document.getElementById(id);
const percent = new Intl.NumberFormat(document.documentElement.lang, { style: "percent", maximumFractionDigits: 0 });

let running = null;

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function requestBody() {
  const remove = [...document.querySelectorAll("input[name=remove]:checked")].map((box) => box.value);
  const body = { text: at("text").value };
  if (at("title").value) body.title = at("title").value;
  body.remove = remove;
  if (at("insist").checked) body.insist = true;
  return body;
}

function curlLine(body) {
  const quoted = (text) => "'" + text.replaceAll("'", "'\\''") + "'";
  const key = at("key") ? " \\\n  -H 'Authorization: Bearer YOUR-KEY'" : "";
  return `curl -s ${quoted(location.origin + "/v1/clean")} \\\n  -H 'Content-Type: application/json'${key} \\\n  -d ${quoted(JSON.stringify(body))}`;
}

function evidenceOf(segment) {
  const details = element("details");
  details.append(element("summary", "", WORDS.evidence));
  const list = element("ul");
  for (const item of segment.evidence) {
    const word = item.text === "(context)" ? WORDS.context : item.text;
    list.append(element("li", "", `${word}: ${percent.format(item.share)}`));
  }
  details.append(list);
  return details;
}

function segmentItem(segment) {
  const item = element("li", segment.label + (segment.removed ? " is-removed" : ""));
  const facts = element("div", "facts");
  facts.append(element("span", `badge ${segment.label}`, WORDS.labels[segment.label]));
  const meter = element("meter");
  meter.min = 0;
  meter.max = 1;
  meter.value = segment.score;
  meter.setAttribute("aria-label", WORDS.score);
  facts.append(meter, element("span", "", percent.format(segment.score)));
  facts.append(element("span", "fate", segment.removed ? WORDS.removed : WORDS.kept));
  item.append(facts, element(segment.removed ? "del" : "p", "words", segment.text));
  if (segment.evidence.length) item.append(evidenceOf(segment));
  return item;
}

function showAlerts(messages) {
  at("alerts").replaceChildren(...messages.map((message) => element("p", "alert", message)));
}

function show(result) {
  const parts = [
    WORDS.verdicts[result.verdict],
    `${WORDS.share}: ${percent.format(result.promotional_share)}`,
    `${WORDS.language}: ${result.language.code}`,
  ];
  if (result.headline) parts.push(`${WORDS.clickbait}: ${percent.format(result.headline.score)}`);
  at("status").textContent = parts.join(" · ");
  showAlerts(result.warnings.map((warning) => WORDS.warnings[warning.code] || warning.detail));
  const items = result.segments.map(segmentItem);
  at("segments").replaceChildren(...(items.length ? items : [element("li", "", WORDS.no_segments)]));
  at("cleaned").textContent = result.text.trim() || !result.segments.length ? result.text : WORDS.nothing_left;
  at("cleaned").dataset.text = result.text;
  at("columns").hidden = false;
}

function fail(detail) {
  at("status").textContent = WORDS.problem;
  showAlerts([detail]);
  at("columns").hidden = true;
}

async function clean() {
  if (running) running.abort();
  const mine = (running = new AbortController());
  const body = requestBody();
  at("curl").textContent = curlLine(body);
  at("request").hidden = false;
  at("status").textContent = WORDS.working;
  at("columns").setAttribute("aria-busy", "true");
  const headers = { "Content-Type": "application/json" };
  if (at("key") && at("key").value) headers.Authorization = `Bearer ${at("key").value}`;
  try {
    const response = await fetch("/v1/clean", {
      method: "POST",
      headers,
      body: JSON.stringify({ ...body, explain: true, offset_unit: "utf16" }),
      signal: mine.signal,
    });
    const answer = await response.json();
    if (response.ok) show(answer);
    else fail(`${answer.title}. ${answer.detail}`);
  } catch (error) {
    if (error.name === "AbortError") return;
    fail(WORDS.unreachable);
  } finally {
    if (running === mine) at("columns").removeAttribute("aria-busy");
  }
}

function saveDraft() {
  try {
    sessionStorage.setItem(DRAFT, JSON.stringify({ title: at("title").value, text: at("text").value }));
  } catch {
    // A browser may forbid it, or the article be too long for it; then the draft is not kept across languages.
  }
}

function fill(draft) {
  at("title").value = draft.title || "";
  at("text").value = draft.text || "";
  saveDraft();
}

async function copy(button) {
  const source = at(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.dataset.text ?? source.textContent);
    button.textContent = WORDS.copied;
  } catch {
    getSelection().selectAllChildren(source);
    button.textContent = WORDS.copy_failed;
  }
  setTimeout(() => (button.textContent = WORDS.copy), 2500);
}

at("form").addEventListener("submit", (event) => {
  event.preventDefault();
  clean();
});
at("form").addEventListener("input", saveDraft);
at("form").addEventListener("change", (event) => {
  if (event.target.type === "checkbox" && !at("request").hidden) clean();
});
at("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) clean();
});
at("example").addEventListener("click", async () => {
  fill(await (await fetch("/static/example.json")).json());
  clean();
});
at("clear").addEventListener("click", () => {
  if (running) running.abort();
  fill({});
  at("columns").hidden = true;
  at("request").hidden = true;
  at("status").textContent = WORDS.empty;
  showAlerts([]);
  at("text").focus();
});
for (const button of document.querySelectorAll("button[data-copy]")) button.addEventListener("click", () => copy(button));

try {
  const draft = JSON.parse(sessionStorage.getItem(DRAFT) || "null");
  if (draft && (draft.text || draft.title)) {
    fill(draft);
    clean();
  }
} catch {
  // Nothing was kept.
}
