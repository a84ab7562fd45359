package dev.drover.deploy.bench;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.term.TextTable;
import org.HdrHistogram.Histogram;

/**
 * What a hub did under load.
 *
 * @param rates grants that arrived, for each second
 * @param grants milliseconds from the hub's step to the device
 * @param memories of the hub, megabytes, each second
 * @param processors percent of one processor that the hub took, each second
 * @param heartbeats sent
 * @param ended executions of jobs that ended
 * @param failed those of them that did not succeed
 */
record LoadResult(
    LoadPlan plan,
    Samples rates,
    Histogram grants,
    Samples memories,
    Samples processors,
    long heartbeats,
    long ended,
    long failed) {

  LoadResult with(long endedNow, long failedNow) {
    return new LoadResult(
        plan, rates, grants, memories, processors, heartbeats, endedNow, failedNow);
  }

  String table() {
    return new TextTable("FIGURE", "VALUE", "UNIT")
        .row("devices", plan.devices(), "")
        .row("executions that ended", ended, "")
        .row("executions that failed", failed, "")
        .row("heartbeats", heartbeats, "")
        .row("executions a second, mean", Figure.number(rates.mean()), "1/s")
        .row("grant to device, p50", grants.getValueAtPercentile(50), "ms")
        .row("grant to device, p99", grants.getValueAtPercentile(99), "ms")
        .row("hub memory, most", Figure.number(memories.most()), "MB")
        .row("hub processor, median", Figure.number(processors.median()), "%")
        .render();
  }

  String json() {
    ObjectNode json = new JsonMapper().createObjectNode();
    json.put("devices", plan.devices());
    json.put("seconds", plan.seconds());
    json.put("executions", ended);
    json.put("failed", failed);
    json.put("heartbeats", heartbeats);
    json.put("executionsPerSecond", rates.mean());
    json.put("grantP50Ms", grants.getValueAtPercentile(50));
    json.put("grantP99Ms", grants.getValueAtPercentile(99));
    json.put("hubMemoryMb", memories.most());
    json.put("hubProcessorPercent", processors.median());
    return json.toPrettyString();
  }
}
