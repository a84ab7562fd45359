package dev.drover.hub.fleet;

import dev.drover.machine.runtime.Batch;
import dev.drover.machine.runtime.Space;
import dev.drover.machine.runtime.Store;
import dev.drover.machine.sim.CrashPlan;
import dev.drover.machine.sim.SimDisk;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Copies simulated disks, as a backup does. */
final class Backups {
  private record Copied(Space space, byte[] key, byte[] value) {}

  private Backups() {}

  static SimDisk copy(SimDisk disk) {
    SimDisk copy = new SimDisk(CrashPlan.never());
    List<Copied> rows = new ArrayList<>();
    byte[] end = new byte[64];
    Arrays.fill(end, (byte) 0xff);
    for (Space space : Space.values()) {
      disk.scan(
          space,
          new byte[0],
          end,
          (key, value) -> {
            rows.add(new Copied(space, key, value));
            return true;
          });
    }
    try (Store store = copy.open()) {
      store.commit(new Rows(rows));
    }
    return copy;
  }

  private record Rows(List<Copied> rows) implements Batch {
    @Override
    public void forEach(Visitor visitor) {
      rows.forEach(row -> visitor.visit(row.space(), row.key(), row.value()));
    }

    @Override
    public int size() {
      return rows.size();
    }
  }
}
