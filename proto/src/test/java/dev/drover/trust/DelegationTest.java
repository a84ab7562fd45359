package dev.drover.trust;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.crypto.Hashes;
import dev.drover.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sections 4.5 and 5.6.7: search over delegated roles. */
class DelegationTest extends TufFixture {
  private final Signer signer = repository.newSigner();

  @BeforeEach
  void forgetRequests() {
    repository.takeRequests();
  }

  @Test
  void search_overAGraph_isPreOrderInListedOrder() {
    delegate("targets", "a", false);
    delegate("targets", "b", false);
    delegate("a", "c", false);
    delegate("a", "d", false);
    delegate("b", "e", false);

    assertFalse(search("none"));
    assertEquals(List.of("a", "c", "d", "b", "e"), visited());
  }

  @Test
  void search_findingSomething_stopsThere() {
    delegate("targets", "a", false);
    delegate("targets", "b", false);
    repository.addTarget("a", "x");
    repository.addTarget("b", "x");

    TrustedRepository trusted = published();
    assertEquals("a", trusted.find("x").orElseThrow().custom().get("by").textValue());
    assertEquals(List.of("a"), visited());
  }

  @Test
  void terminatingDelegation_endsTheSearchAfterItsDescendants() {
    delegate("targets", "a", false);
    delegate("a", "b", true);
    delegate("a", "c", false);
    delegate("b", "d", false);
    delegate("targets", "e", false);
    repository.addTarget("e", "x");

    assertFalse(search("x"));
    assertEquals(List.of("a", "b", "d"), visited());
  }

  @Test
  void cycle_isVisitedOnce() {
    delegate("targets", "a", false);
    delegate("a", "b", false);
    delegate("b", "a", false);
    assertFalse(search("none"));
    assertEquals(List.of("a", "b"), visited());
  }

  @Test
  void chain_longerThanTheLimit_isNotWalkedToItsEnd() {
    String delegator = "targets";
    for (int i = 1; i <= MetadataLimits.SEARCH_ROLES_MAX + 5; i++) {
      delegate(delegator, "r" + i, false);
      delegator = "r" + i;
    }
    repository.addTarget(delegator, "x");
    assertFalse(search("x"));
    assertEquals(MetadataLimits.SEARCH_ROLES_MAX, visited().size());
  }

  @Test
  void role_alreadyFetched_isNotRequestedAgain() {
    delegate("targets", "a", false);
    repository.addTarget("a", "x");
    TrustedRepository trusted = published();
    assertTrue(trusted.find("x").isPresent());
    assertTrue(trusted.find("y").isEmpty());
    assertEquals(List.of("a"), visited());

    assertTrue(refresh().find("x").isPresent());
    assertEquals(List.of(), visited());
    assertKept("a", repository.bytes("a", 1));
  }

  @Test
  void pattern_thatDoesNotCoverTheTarget_isNotFollowed() {
    repository.delegate("targets", "a", false, signer, "models/*/x");
    repository.addTarget("a", "other/q/x");
    repository.addTarget("a", "models/q/x");
    TrustedRepository trusted = published();
    assertTrue(trusted.find("other/q/x").isEmpty());
    assertTrue(trusted.find("models/q/x").isPresent());
  }

  @Test
  void hashPrefixes_selectBins() {
    String prefix = Hashes.hex(Hashes.sha256("x".getBytes(StandardCharsets.UTF_8))).substring(0, 2);
    ObjectNode delegation = repository.delegate("targets", "bin", false, signer);
    delegation.remove("paths");
    delegation.putArray("path_hash_prefixes").add(prefix);
    repository.addTarget("bin", "x");
    repository.addTarget("bin", "y");
    TrustedRepository trusted = published();
    assertTrue(trusted.find("x").isPresent());
    assertTrue(trusted.find("y").isEmpty());
  }

  @Test
  void role_thatTheSnapshotDoesNotList_failsWithoutARequest() {
    delegate("targets", "a", false);
    repository.publishAll();
    repository.snapshot.withObject("/meta").remove("a.json");
    repository.publishSnapshot();
    repository.publishTimestamp();
    TrustedRepository trusted = refresh();
    repository.takeRequests();
    assertEquals(ErrorCode.UNAVAILABLE, Codes.of(() -> trusted.find("x")));
    assertEquals(List.of(), repository.takeRequests());
  }

  @Test
  void role_badlySigned_endsTheSearchWithAFailure() {
    delegate("targets", "a", false);
    delegate("targets", "b", false);
    repository.signers.put("a", List.of(repository.newSigner()));
    repository.addTarget("b", "x");
    TrustedRepository trusted = published();
    assertEquals(ErrorCode.SIGNATURE_INVALID, Codes.of(() -> trusted.find("x")));
  }

  @Test
  void role_expired_endsTheSearchWithATimeFailure() {
    delegate("targets", "a", false);
    repository.targetsOf("a").put("expires", PAST);
    TrustedRepository trusted = published();
    assertEquals(ErrorCode.METADATA_EXPIRED, Codes.of(() -> trusted.find("x")));
    assertFalse(store.documents.containsKey("a"));
  }

  @Test
  void role_reachedByASecondDelegator_isVerifiedForThatOneToo() {
    repository.delegate("targets", "first", false, signer, "one");
    repository.delegate("targets", "second", false, signer, "two");
    repository.delegate("first", "shared", false, signer, "one");
    repository.delegate("second", "shared", false, repository.newSigner(), "two");
    repository.addTarget("shared", "one");
    repository.addTarget("shared", "two");
    TrustedRepository trusted = published();

    assertTrue(trusted.find("one").isPresent());
    assertEquals(ErrorCode.SIGNATURE_INVALID, Codes.of(() -> trusted.find("two")));
    assertEquals(ErrorCode.SIGNATURE_INVALID, Codes.of(() -> trusted.find("two")));
    assertTrue(trusted.find("one").isPresent());
  }

  @Test
  void delegations_namingATopLevelRoleOrOneRoleTwice_areRefused() {
    delegate("targets", "a", false);
    delegate("targets", "a", false);
    repository.publishAll();
    refused(ErrorCode.MESSAGE_MALFORMED);

    TestRepository other = repository;
    other.targetsOf("targets").remove("delegations");
    other.delegate("targets", "x", false, signer, "*").put("name", "root");
    other.nextAll();
    refused(ErrorCode.MESSAGE_MALFORMED);
  }

  @Test
  void roleName_withOddCharacters_isEncodedInFileNames() {
    assertEquals("%2e%2e%2Fa%20%C3%A9".replace("%2e", "."), RoleVersion.encode("../a é"));
    assertEquals("AZaz09_.-~", RoleVersion.encode("AZaz09_.-~"));
    assertEquals("%40%5B%60%7B%2F%3A", RoleVersion.encode("@[`{/:"));
    assertEquals("meta/3/a%2Fb.json", new RoleVersion("a/b", 3).path());
    assertEquals("root/3.json", new RoleVersion("root", 3).path());
    assertEquals("timestamp.json", RoleVersion.latest("timestamp").path());
  }

  @Test
  void roleName_tooLongForAFileName_isRefused() {
    delegate("targets", "r".repeat(MetadataLimits.ROLE_NAME_CHARS_MAX), false);
    assertFalse(search("none"));
    delegate("targets", "s".repeat(MetadataLimits.ROLE_NAME_CHARS_MAX + 1), false);
    repository.nextAll();
    refused(ErrorCode.LIMIT_EXCEEDED);
  }

  @ParameterizedTest
  @CsvSource({
    "targets/*.tgz, targets/foo.tgz, true",
    "targets/*.tgz, targets/foo.txt, false",
    "foo-?.tgz, foo-2.tgz, true",
    "foo-?.tgz, foo-alpha.tgz, false",
    "*.tgz, foo.tgz, true",
    "*.tgz, targets/foo.tgz, false",
    "foo.tgz, foo.tgz, true",
    "foo.tgz, FOO.tgz, false",
    "*, a, true",
    "*, '', true",
    "?, /, false",
    "a*b*c, aXbXbc, true",
    "a*b*c, aXbXb, false",
    "?, 😀, true",
    "a/*/c, a/b/c, true",
    "a/*/c, a/b/b/c, false",
    "a**, a, true",
  })
  void pattern_matches_asTheSpecificationSays(String pattern, String path, boolean expected) {
    assertEquals(expected, PathPattern.of(pattern).matches(path));
  }

  private void delegate(String delegator, String role, boolean terminating) {
    repository.delegate(delegator, role, terminating, signer, "*");
  }

  private TrustedRepository published() {
    repository.publishAll();
    TrustedRepository trusted = refresh();
    repository.takeRequests();
    return trusted;
  }

  private boolean search(String path) {
    return published().find(path).isPresent();
  }

  private List<String> visited() {
    return repository.takeRequests().stream()
        .filter(name -> name.endsWith(" version 1") && !name.startsWith("snapshot"))
        .map(name -> name.substring(0, name.indexOf(' ')))
        .toList();
  }
}
