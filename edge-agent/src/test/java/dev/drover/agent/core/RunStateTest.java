package dev.drover.agent.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.drover.v1.ExecutionState;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunStateTest {
  @Test
  void ended_isAllButUnknownAcceptedAndRunning() {
    List<RunState> going = Arrays.stream(RunState.values()).filter(s -> !s.ended()).toList();
    assertEquals(List.of(RunState.NONE, RunState.ACCEPTED, RunState.RUNNING), going);
  }

  @Test
  void state_isFoundAgainByWhatIsStored() {
    for (RunState state : RunState.values()) {
      assertEquals(state, RunState.of(state.wire()));
    }
    EnumSet<ExecutionState> others = EnumSet.allOf(ExecutionState.class);
    Arrays.stream(RunState.values()).map(RunState::wire).forEach(others::remove);
    for (ExecutionState other : others) {
      assertEquals(RunState.NONE, RunState.of(other), other.name());
    }
  }
}
