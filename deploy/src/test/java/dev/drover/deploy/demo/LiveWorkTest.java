package dev.drover.deploy.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.drover.v1.Execution;
import dev.drover.v1.ExecutionState;
import dev.drover.v1.InstallPhase;
import dev.drover.v1.Job;
import dev.drover.v1.JobSpec;
import io.grpc.Status;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What a terminal shows of the work while it goes on. */
class LiveWorkTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final Map<String, Map<String, Execution>> hub = new HashMap<>();
  private final List<String> asked = new ArrayList<>();
  private final AtomicLong nanos = new AtomicLong();
  private final LiveWork work = new LiveWork(this::executions, nanos::get);

  private Map<String, Execution> executions(String job) {
    asked.add(job);
    Map<String, Execution> found = hub.get(job);
    if (found == null) {
      throw Status.UNAVAILABLE.asRuntimeException();
    }
    return found;
  }

  private static Job job(String id, String name) {
    return Job.newBuilder().setJob(id).setSpec(JobSpec.newBuilder().setName(name)).build();
  }

  private static Execution at(ExecutionState state) {
    return Execution.newBuilder().setState(state).build();
  }

  private static Execution answered(String answer) {
    return at(ExecutionState.SUCCEEDED).toBuilder()
        .putAnswer(Notes.PROPERTY, answer)
        .setEndedMs(1)
        .build();
  }

  @Test
  void jobs_haveARowEach_withWhatEachDeviceIsAt() {
    assertEquals("", work.look());
    Execution fetching =
        at(ExecutionState.RUNNING).toBuilder()
            .setInstall(InstallPhase.FETCHING)
            .setProgressPermille(435)
            .build();
    Execution committed =
        at(ExecutionState.SUCCEEDED).toBuilder()
            .setInstall(InstallPhase.COMMITTED)
            .setEndedMs(1)
            .build();
    hub.put("j1", Map.of("press-1", committed, "press-2", fetching));
    hub.put("j2", Map.of("press-1", answered("faulty"), "mill-1", at(ExecutionState.ACCEPTED)));
    work.add(job("j1", "install hall/1.0.0"));
    work.add(job("j2", "ask pump"));
    assertEquals(
        """
        JOB                    PRESS-1    PRESS-2       MILL-1
        j1 install hall/1.0.0  succeeded  fetching 43%  -
        j2 ask pump            faulty     -             accepted
        """,
        work.look());
  }

  @Test
  void hub_isAskedNowAndThen_andOnlyForWhatGoesOn() {
    Map<String, Execution> ended = new HashMap<>();
    Scene.DEVICES.forEach(device -> ended.put(device, answered("new")));
    hub.put("j1", ended);
    hub.put("j2", Map.of("press-1", at(ExecutionState.GRANTED)));
    work.add(job("j1", "ask belt"));
    work.add(job("j2", "ask door"));
    String shown = work.look();
    assertEquals(shown, work.look());
    assertEquals(List.of("j1", "j2"), asked);
    nanos.addAndGet(SECOND);
    assertEquals(shown, work.look());
    assertEquals(List.of("j1", "j2", "j2"), asked);
  }

  @Test
  void hub_thatIsAway_leavesWhatWasSeen() {
    hub.put("j1", Map.of("press-1", at(ExecutionState.RUNNING)));
    work.add(job("j1", "ask door"));
    String shown = work.look();
    hub.clear();
    nanos.addAndGet(SECOND);
    assertEquals(shown, work.look());
    assertEquals(List.of("j1", "j1"), asked);
    work.clear();
    assertEquals("", work.look());
  }
}
