// Charts beside their tables: bars with error bars, lines and shares. The table stays the text.
import { BarChart, CustomChart, LineChart, PieChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([
  AriaComponent, BarChart, CanvasRenderer, CustomChart, GridComponent, LegendComponent, LineChart, PieChart,
  TooltipComponent,
]);

function themeOf(figure) {
  const read = getComputedStyle(document.documentElement);
  const token = (name) => read.getPropertyValue(`--hx-${name}`).trim();
  return {
    font: getComputedStyle(figure).fontFamily,
    size: parseFloat(read.fontSize) * 0.875,
    ink: token("ink"), quiet: token("ink-2"), line: token("line"), card: token("card"),
    bar: token("azurite-400"), dark: token("azurite-800"), ochre: token("ochre-500"), green: token("malachite-500"),
    earth: token("ochre-800"), pale: token("azurite-200"), sand: token("sand-100"),
  };
}

const words = (theme, colour) => ({ fontFamily: theme.font, fontSize: theme.size, color: colour ?? theme.quiet });

function whiskers(theme, data) {
  return {
    type: "custom", name: data.interval_label, z: 5, silent: true, color: theme.ink, itemStyle: { color: theme.ink },
    data: data.values.map((_, i) => (data.suppressed?.[i] ? [i, null, null] : [i, data.low[i], data.high[i]])),
    encode: { x: 0, y: [1, 2] },
    renderItem: (_, api) => {
      if (Number.isNaN(api.value(1))) return null;
      const top = api.coord([api.value(0), api.value(2)]);
      const foot = api.coord([api.value(0), api.value(1)]);
      const half = Math.min(api.size([1, 0])[0] * 0.14, 8);
      const stroke = (x1, y1, x2, y2) => ({
        type: "line", shape: { x1, y1, x2, y2 }, style: { stroke: theme.ink, lineWidth: 1.8 },
      });
      return {
        type: "group",
        children: [
          stroke(top[0], top[1], foot[0], foot[1]),
          stroke(top[0] - half, top[1], top[0] + half, top[1]),
          stroke(foot[0] - half, foot[1], foot[0] + half, foot[1]),
        ],
      };
    },
  };
}

// A suppressed cell is a dashed box of no meaningful height, never a zero.
function hollow(theme, data) {
  const tallest = Math.max(...data.values.filter((_, i) => !data.suppressed?.[i]), 1);
  return (value, i) => (data.suppressed?.[i]
    ? {
      value: tallest * 0.03,
      itemStyle: { color: theme.sand, borderColor: theme.earth, borderType: "dashed", borderWidth: 1.5 },
      label: { show: true, position: "top", formatter: () => data.suppressed_label, ...words(theme) },
    }
    : value);
}

function axesOf(theme, data, width) {
  return {
    grid: { left: 8, right: 12, top: 36, bottom: 8, containLabel: true },
    legend: { top: 0, left: 0, textStyle: words(theme), itemWidth: 14, itemHeight: 10 },
    xAxis: {
      type: "category", data: data.categories, axisTick: { show: false },
      axisLine: { lineStyle: { color: theme.quiet } },
      axisLabel: { ...words(theme), hideOverlap: true, interval: data.kind === "line" ? "auto" : 0, rotate: width / data.categories.length < theme.size * Math.max(...data.categories.map((one) => one.length)) ? 40 : 0 },
    },
    yAxis: { type: "value", axisLabel: words(theme), splitLine: { lineStyle: { color: theme.line } } },
  };
}

function optionOf(theme, data, width) {
  const shared = {
    animation: false, aria: { enabled: false }, textStyle: words(theme),
    tooltip: {
      // Drawn on the canvas: the library's HTML tooltip writes style attributes, which our policy refuses.
      renderMode: "richText", trigger: "item", backgroundColor: theme.card, borderColor: theme.line,
      textStyle: words(theme, theme.ink),
      formatter: (item) => (data.suppressed?.[item.dataIndex]
        ? `${item.name}: ${data.suppressed_label}` : `${item.name}: ${item.value}`),
    },
    color: [theme.bar, theme.ochre, theme.green, theme.dark, theme.pale],
  };
  if (data.kind === "pie") {
    return {
      ...shared,
      series: [{
        type: "pie", radius: ["45%", "72%"], label: words(theme, theme.ink), itemStyle: { borderColor: theme.card, borderWidth: 2 },
        data: data.categories.map((name, i) => ({ name, value: data.values[i] })),
      }],
    };
  }
  const main = {
    type: data.kind === "line" ? "line" : "bar", name: data.label, barMaxWidth: 44, symbolSize: 6,
    itemStyle: { borderRadius: data.kind === "line" ? 0 : [3, 3, 0, 0] }, data: data.values.map(hollow(theme, data)),
  };
  return { ...shared, ...axesOf(theme, data, width), series: data.low ? [main, whiskers(theme, data)] : [main] };
}

export async function drawChart(figure) {
  const data = JSON.parse(figure.querySelector("[data-chart-data]").dataset.chartData);
  const place = figure.querySelector("[data-chart-place]");
  await document.fonts.ready;
  const chart = echarts.init(place, null, { renderer: "canvas" });
  const draw = () => chart.setOption(optionOf(themeOf(figure), data, place.clientWidth - 60), true);
  draw();
  document.addEventListener("hexi:display", draw);
  new ResizeObserver(() => { chart.resize(); draw(); }).observe(place);
}
