"use strict";
// Draws the charts of a page, also of what comes anew, listens for news, and asks before what cannot be taken back.
(() => {
  const drawn = new WeakMap();

  function colours() {
    const style = getComputedStyle(document.documentElement);
    const of = (name) => style.getPropertyValue(name).trim();
    return { text: of("--text"), grid: of("--line"), lines: [of("--accent"), of("--bad")] };
  }

  // Times are UTC, as everywhere on these pages.
  function moments(_, seconds) {
    return seconds.map((one) => new Date(one * 1000).toISOString().slice(5, 16).replace("T", " "));
  }

  function draw(element) {
    const said = element.dataset.series;
    if (!said || drawn.get(element) === said) return;
    const series = JSON.parse(said);
    const { text, grid, lines } = colours();
    const axis = { stroke: text, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
    element.replaceChildren();
    drawn.set(element, said);
    new uPlot(
      {
        width: Math.max(260, element.clientWidth),
        height: 200,
        legend: { live: false },
        scales: { y: { range: (_, low, high) => [0, Math.max(1, high)] } },
        axes: [{ ...axis, values: moments, space: 90 }, { ...axis, size: 60 }],
        series: [
          {},
          ...series.lines.map((line, number) => ({
            label: line.label,
            stroke: lines[number % lines.length],
            width: 2,
            dash: number ? [6, 4] : undefined,
          })),
        ],
      },
      [series.x, ...series.lines.map((line) => line.y)],
      element,
    );
  }

  function drawAll() {
    document.querySelectorAll(".chart").forEach(draw);
  }

  // What a page says comes first: its charts are drawn once that is painted.
  document.addEventListener("DOMContentLoaded", () => requestAnimationFrame(() => setTimeout(drawAll)));
  document.addEventListener("htmx:afterSettle", drawAll);
  window.addEventListener("resize", () => {
    document.querySelectorAll(".chart").forEach((element) => drawn.delete(element));
    drawAll();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    document.querySelectorAll(".chart").forEach((element) => drawn.delete(element));
    drawAll();
  });
  document.addEventListener("submit", (event) => {
    const question = event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });
  // A browser has six connections to a server. A page that nobody sees holds none: else the seventh would not open.
  class News {
    constructor(address) {
      this.address = address;
      this.listeners = [];
      this.heed = () => (document.hidden ? this.rest() : this.listen());
      document.addEventListener("visibilitychange", this.heed);
      this.heed();
    }

    get readyState() {
      return this.ended ? EventSource.CLOSED : this.source ? this.source.readyState : EventSource.CONNECTING;
    }

    addEventListener(name, heard) {
      this.listeners.push([name, heard]);
      this.source?.addEventListener(name, heard);
    }

    removeEventListener(name, heard) {
      this.listeners = this.listeners.filter((one) => one[0] !== name || one[1] !== heard);
      this.source?.removeEventListener(name, heard);
    }

    listen() {
      if (this.source || this.ended) return;
      this.source = new EventSource(this.address);
      this.listeners.forEach(([name, heard]) => this.source.addEventListener(name, heard));
      this.source.onopen = (event) => this.onopen?.(event);
      this.source.onerror = (event) => {
        if (this.source.readyState === EventSource.CLOSED) this.close();
        this.onerror?.(event);
      };
    }

    rest() {
      this.source?.close();
      this.source = null;
    }

    close() {
      this.ended = true;
      this.rest();
      document.removeEventListener("visibilitychange", this.heed);
    }
  }

  htmx.createEventSource = (address) => new News(address);
  // What is shown is said to be old as soon as nobody tells whether it is. Where the console refuses to, as it does
  // once it was started anew and knows nobody, the page asks for itself, and is led to where one signs in.
  document.addEventListener("htmx:sseError", (event) => {
    document.getElementById("lost").hidden = false;
    if (event.detail.source.readyState === EventSource.CLOSED) htmx.trigger("#live", "sse:news");
  });
  document.addEventListener("htmx:sseOpen", () => {
    document.getElementById("lost").hidden = true;
  });
  // What somebody is reading by keyboard or has selected stays as it is: the news come with the next ones.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const live = event.target;
    if (live.id !== "live") return;
    const selection = String(document.getSelection() || "");
    if (selection || (live.contains(document.activeElement) && document.activeElement !== document.body)) {
      event.preventDefault();
    }
  });
})();
