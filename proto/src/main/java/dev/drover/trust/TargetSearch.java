package dev.drover.trust;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Pre-order depth-first search for a target over delegations (5.6.7). A role is requested once;
 * each search verifies it again for the delegator on its own path. Not thread-safe.
 */
final class TargetSearch {
  private final TrustedSet trusted;
  private final Fetcher fetcher;
  private final TrustStore store;

  TargetSearch(TrustedSet trusted, Fetcher fetcher, TrustStore store) {
    this.trusted = trusted;
    this.fetcher = fetcher;
    this.store = store;
  }

  /** A delegation still to be followed, and who made it. */
  private record Step(String delegator, Delegation delegation) {}

  /**
   * Returns what is said about a target by the first role in order of priority that says something.
   */
  Optional<TargetInfo> find(String path) {
    Set<String> visited = new HashSet<>(Set.of(RoleVersion.TARGETS));
    Deque<Step> open = new ArrayDeque<>();
    String role = RoleVersion.TARGETS;
    TargetsDocument document = trusted.targets();
    while (true) {
      TargetInfo found = document.targets().get(path);
      if (found != null) {
        return Optional.of(found);
      }
      push(open, role, document, path);
      Step next = nextUnvisited(open, visited);
      if (next == null || visited.size() > 1 + MetadataLimits.SEARCH_ROLES_MAX) {
        return Optional.empty();
      }
      role = next.delegation().role();
      document = load(next);
    }
  }

  private static void push(Deque<Step> open, String role, TargetsDocument document, String path) {
    List<Step> children = new ArrayList<>();
    for (Delegation delegation : document.delegations()) {
      if (delegation.covers(path)) {
        children.add(new Step(role, delegation));
        if (delegation.terminating()) {
          open.clear();
          break;
        }
      }
    }
    for (int i = children.size() - 1; i >= 0; i--) {
      open.push(children.get(i));
    }
  }

  private static @Nullable Step nextUnvisited(Deque<Step> open, Set<String> visited) {
    while (!open.isEmpty()) {
      Step step = open.pop();
      if (visited.add(step.delegation().role())) {
        return step;
      }
    }
    return null;
  }

  private TargetsDocument load(Step step) {
    Optional<TargetsDocument> known = trusted.known(step.delegator(), step.delegation());
    if (known.isPresent()) {
      return known.get();
    }
    String role = step.delegation().role();
    MetaFile announced = trusted.announced(role);
    boolean kept =
        TufClient.recall(
            store,
            role,
            bytes -> trusted.acceptDelegated(bytes, step.delegator(), step.delegation()));
    if (!kept) {
      byte[] fetched =
          TufClient.require(
              fetcher, TufClient.named(trusted, role, announced), announced.bytesMax(role));
      trusted.acceptDelegated(fetched, step.delegator(), step.delegation());
      store.store(role, fetched);
    }
    return trusted.known(step.delegator(), step.delegation()).orElseThrow();
  }
}
