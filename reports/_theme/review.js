// The charts stand painted in the page. plotly is fetched at the first touch of one, or at once
// where nothing could be painted, and draws the same figure with its values to point at.
"use strict";

(() => {
  const SIZES = ["wide", "middle", "narrow"];
  const drawn = new WeakSet();
  let library;

  // The figures carry the light colours; the style sheet says what each is called.
  const palette = JSON.parse(document.getElementById("palette").textContent);

  function themed(text) {
    const style = getComputedStyle(document.documentElement);
    return Object.entries(palette).reduce(
      (found, [name, colour]) => found.replaceAll(colour, style.getPropertyValue(`--${name}`).trim()),
      text,
    );
  }

  function plotly() {
    library ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = document.body.dataset.plotly;
      script.onload = () => resolve(window.Plotly);
      script.onerror = reject;
      document.head.append(script);
    });
    return library;
  }

  function visible(plot) {
    return SIZES.map((size) => plot.querySelector(`.at.${size}`)).find((box) => box && box.offsetParent !== null);
  }

  async function draw(plot) {
    const box = visible(plot);
    if (!box || drawn.has(box)) return;
    drawn.add(box);
    const figures = JSON.parse(themed(plot.querySelector("script").textContent));
    const figure = figures[box.dataset.size];
    const Plotly = await plotly();
    figure.layout.width = Math.min(figure.layout.width, plot.clientWidth);
    const fresh = document.createElement("div");
    await Plotly.newPlot(fresh, figure.data, figure.layout, { displayModeBar: false, responsive: false });
    box.replaceChildren(fresh);
  }

  const plots = [...document.querySelectorAll(".plot")];
  for (const plot of plots) {
    for (const touch of ["pointerenter", "touchstart"]) {
      plot.addEventListener(touch, () => draw(plot), { passive: true });
    }
  }

  const idle = window.requestIdleCallback ?? ((work) => setTimeout(work, 1));
  const blank = () => plots.filter((plot) => !visible(plot)?.querySelector("svg"));
  const fill = () => blank().forEach((plot) => draw(plot));
  if (blank().length) idle(fill);
  addEventListener("resize", () => idle(fill));

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const plot of plots) {
      const box = visible(plot);
      if (box && drawn.delete(box)) draw(plot);
    }
  });

  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
})();
