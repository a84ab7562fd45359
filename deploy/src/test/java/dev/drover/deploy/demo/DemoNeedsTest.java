package dev.drover.deploy.demo;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.deploy.demo.DemoNeeds.Machinery;
import dev.drover.term.Reasons;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.net.BindException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoNeedsTest {
  private static final DemoNeeds NEEDS = DemoNeeds.LARGE;

  private static Machinery with(long diskBytes, long memoryBytes, @Nullable IOException noPorts) {
    return new Machinery(Path.of("/cache"), diskBytes, memoryBytes, noPorts);
  }

  private static DroverException refused(Machinery has) {
    return assertThrows(DroverException.class, () -> NEEDS.require(has));
  }

  @Test
  void machine_withJustWhatIsNeeded_isTaken() {
    assertDoesNotThrow(() -> NEEDS.require(with(NEEDS.diskBytes(), NEEDS.memoryBytes(), null)));
  }

  @Test
  void disk_thatIsTooSmall_isNamedWithItsPlace() {
    DroverException no = refused(with(NEEDS.diskBytes() - (64 << 20), NEEDS.memoryBytes(), null));
    assertEquals(ErrorCode.DISK_FULL, no.code());
    assertEquals("The demo needs 10.0 GiB of disk at /cache, there is 9.9 GiB.", no.getMessage());
    assertTrue(no.nextStep().contains("DROVER_CACHE"), no.nextStep());
  }

  @Test
  void memory_thatIsTooLittle_isNamed() {
    DroverException no = refused(with(NEEDS.diskBytes(), NEEDS.memoryBytes() / 2, null));
    assertEquals(ErrorCode.RESOURCE_EXHAUSTED, no.code());
    assertEquals("The demo needs 6.0 GiB of free memory, there is 3.0 GiB.", no.getMessage());
    assertTrue(no.nextStep().contains("drover demo --small"), no.nextStep());
  }

  @Test
  void ports_thatTheMachineDoesNotGive_areNamedWithTheCause() {
    IOException why = new BindException("Cannot assign requested address");
    DroverException no = refused(with(NEEDS.diskBytes(), NEEDS.memoryBytes(), why));
    assertEquals(ErrorCode.PORT_IN_USE, no.code());
    assertTrue(no.forPerson().contains("3 free TCP ports of 127.0.0.1"), no.forPerson());
    assertTrue(no.nextStep().contains("interface lo"), no.nextStep());
    assertEquals(Optional.of("Cannot assign requested address"), Reasons.of(no));
  }

  @Test
  void smallDemo_needsLess_andSaysHowMuch() {
    Machinery has = with(DemoNeeds.SMALL.diskBytes(), DemoNeeds.SMALL.memoryBytes(), null);
    assertDoesNotThrow(() -> DemoNeeds.SMALL.require(has));
    DroverException no = refused(has);
    assertEquals(ErrorCode.DISK_FULL, no.code());
    assertTrue(no.nextStep().contains("demo --small needs 3.0 GiB"), no.nextStep());
  }

  @Test
  void thisMachine_isLookedAt(@TempDir Path root) throws IOException {
    Machinery here = Machinery.here(root);
    assertEquals(root, here.root());
    assertTrue(here.diskBytes() > 0 && here.memoryBytes() > 0, here::toString);
    assertEquals(null, here.noPorts());
  }
}
