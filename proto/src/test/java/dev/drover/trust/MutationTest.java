package dev.drover.trust;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.drover.wire.DroverException;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged documents are refused, or mean exactly what the whole ones mean. */
class MutationTest extends TufFixture {
  private static final int ROUNDS = Boolean.getBoolean("drover.full") ? 20_000 : 400;
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private final Map<String, byte[]> expected = new HashMap<>();

  @BeforeEach
  void publishTwoGenerations() throws IOException {
    repository.announcesHashes = false;
    repository.addTarget("targets", "models/é");
    repository.nextRoot();
    repository.nextAll();
    for (RoleVersion name : repository.published.keySet()) {
      expected.put(name.toString(), signedPart(repository.published.get(name)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"root", "timestamp", "snapshot", "targets"})
  void everyByte_flipped_neverGivesOtherContent(String role) throws IOException {
    RoleVersion name = new RoleVersion(role, role.equals("timestamp") ? 0 : 2);
    byte[] whole = repository.published.get(name);
    SplittableRandom random = new SplittableRandom(role.hashCode());
    int refused = 0;
    for (int i = 0; i < whole.length; i++) {
      byte[] damaged = whole.clone();
      damaged[i] ^= (byte) (1 << random.nextInt(8));
      refused += offer(name, damaged) ? 0 : 1;
    }
    assertTrue(refused > whole.length / 2, "most damage must be refused");
  }

  @Test
  void documents_cutShortGrownOrShuffled_neverGiveOtherContent() throws IOException {
    SplittableRandom random = new SplittableRandom(7);
    RoleVersion[] names = {
      new RoleVersion("root", 2),
      RoleVersion.latest("timestamp"),
      new RoleVersion("snapshot", 2),
      new RoleVersion("targets", 2)
    };
    for (int round = 0; round < ROUNDS; round++) {
      RoleVersion name = names[random.nextInt(names.length)];
      byte[] whole = repository.published.get(name);
      int at = random.nextInt(whole.length);
      int count = 1 + random.nextInt(Math.min(24, whole.length - at));
      int from = random.nextInt(whole.length - count + 1);
      byte[] damaged = whole.clone();
      System.arraycopy(whole, from, damaged, at, Math.min(count, whole.length - at));
      offer(name, round % 3 == 0 ? java.util.Arrays.copyOf(whole, at) : damaged);
    }
  }

  /** Offers a document to a new device; returns whether it was accepted. */
  private boolean offer(RoleVersion name, byte[] document) throws IOException {
    byte[] whole = repository.published.put(name, document);
    store.documents.clear();
    client = client(TrustOptions.DIRECTORY);
    try {
      TrustedRepository trusted = refresh();
      assertEquals(2, trusted.rootVersion());
      assertEquals(2, trusted.targetsVersion());
      return true;
    } catch (DroverException refused) {
      return false;
    } finally {
      for (Map.Entry<String, byte[]> kept : store.documents.entrySet()) {
        assertContentKnown(kept.getKey(), signedPart(kept.getValue()));
      }
      repository.published.put(name, whole);
    }
  }

  private void assertContentKnown(String role, byte[] signed) {
    if (role.equals("timestamp")) {
      assertArrayEquals(expected.get("timestamp"), signed);
    } else {
      boolean known =
          java.util.Arrays.equals(expected.get(role + " version 1"), signed)
              || java.util.Arrays.equals(expected.get(role + " version 2"), signed);
      assertTrue(known, "other content was accepted as " + role);
    }
  }

  private static byte[] signedPart(byte[] document) throws IOException {
    return CanonicalJson.encode(MAPPER.readTree(document).get("signed"));
  }
}
