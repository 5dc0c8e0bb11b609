// The two lists of the page: what is on the telephone, and what waits to be visited.

import { $, element, text } from "./desk-view.js";

const clock = (at) => new Date(at).toLocaleTimeString("zh-CN", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hour12: false });

// -- on the telephone ----------------------------------------------------------------------------------------

export function showHomes(homes, open) {
  const last = Math.max(...homes.map(({ until }) => until));
  $("on-phone").textContent = homes.length ? text("holds", { n: homes.length, at: clock(last) }) : text("holdsNone");
  $("homes").dataset.households = homes.length;
  $("homes").replaceChildren(...homes.map((home) => homeRow(home, open)));
}

function homeRow(home, open) {
  const { card, done } = home;
  const row = element("li", "", { "class": "home", "data-case": card.case, "data-state": stateOf(home) });
  const button = element("button", element("b", card.salutation, { lang: "zh" }), { "type": "button", "class": "home-open" });
  button.append(element("span", whereIs(card), { class: "home-address", lang: "zh" }), element("span", inWords(home), { class: "muted" }));
  button.disabled = done;
  button.addEventListener("click", () => open(card.case));
  row.append(button);
  return row;
}

export const whereIs = (card) => [card.zone, card.community, card.address || text("noAddress")].filter(Boolean).join("　");

export const begun = (home) => home.place !== null || Object.keys(home.answers).length > 0;

const stateOf = (home) => (home.refused ? "refused" : home.done ? "done" : begun(home) ? "begun" : "untouched");

function inWords(home) {
  const { card } = home;
  const words = {
    refused: () => text("returned", { why: home.refused }), done: () => text("waits"), begun: () => text("begun"), untouched: () => text("untouched"),
  }[stateOf(home)]();
  const due = card.appointment ? text("appointmentAt", { at: card.dueAt }) : "";
  return [...card.needs, card.languageName, due, words].filter(Boolean).join(" · ");
}

// -- to choose -----------------------------------------------------------------------------------------------

export function showPlaces(places) {
  $("choose-note").textContent = text(places.length ? "listNote" : "noneToVisit");
  $("places").replaceChildren(...places.map(place));
  countChosen();
}

export function showNoList() {
  $("choose-note").textContent = text("listOffline");
  $("places").replaceChildren();
  countChosen();
}

function place({ station, zone, community, households }, number) {
  const group = element("fieldset", "", { class: "place" });
  const legend = element("legend", element("span", [zone, community].filter(Boolean).join(" · ") || station, { lang: "zh" }));
  legend.append("　", element("span", text("households", { n: households.length }), { class: "muted" }), element("span", station, { class: "muted station", lang: "zh" }));
  group.append(legend, ...households.map((one, place) => householdRow(one, `home-${number}-${place}`)));
  return group;
}

function householdRow({ case: caseId, tags, attempts, dueAt, appointment, hasAddress }, id) {
  const label = element("label", "", { class: "home-choice", for: id });
  const box = element("input", "", { type: "checkbox", id, value: caseId });
  box.addEventListener("change", countChosen);
  const due = dueAt && text(appointment ? "appointmentAt" : "dueAt", { at: dueAt });
  const facts = [text("attempt", { n: attempts + 1 }), due, hasAddress ? "" : text("noAddress")].filter(Boolean).join(" · ");
  label.append(box, element("span", `${text("household")}　`), ...tags.map((tag) => element("span", tag, { class: "tag" })), element("span", facts, { class: "muted" }));
  return label;
}

export const chosen = () => [...$("places").querySelectorAll("input:checked")].map(({ value }) => Number(value));

function countChosen() {
  const n = chosen().length;
  $("take").disabled = n === 0;
  $("take").textContent = n ? text("takeSome", { n }) : text("take");
}

// -- the household at whose door somebody stands ---------------------------------------------------------------

export function showDoor(card, began) {
  $("salutation").textContent = card.salutation;
  $("address").textContent = whereIs(card);
  $("tags").replaceChildren(...[card.languageName, ...card.needs].filter(Boolean).map((tag) => element("span", tag, { class: "tag" })));
  const last = card.calls[0];
  $("history").textContent = text("attempt", { n: card.calls.length + 1 }) + (last ? ` · ${text("last", last)}` : "");
  $("past").hidden = card.calls.length === 0;
  $("past-calls").replaceChildren(...card.calls.map(({ at, outcome, by, note }) => {
    const row = element("li", `${at} ${outcome} · `);
    row.append(element("span", [by, note].filter(Boolean).join("："), { lang: "zh" }));
    return row;
  }));
  $("give-back").disabled = began;
}

