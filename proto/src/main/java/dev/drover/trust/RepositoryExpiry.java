package dev.drover.trust;

import java.time.Instant;

/**
 * Until when documents are valid; fractions of a second are cut off.
 *
 * @param targets end of validity of the targets
 * @param snapshot end of validity of the snapshot
 * @param timestamp end of validity of the timestamp: how long a source may hold back news
 */
public record RepositoryExpiry(Instant targets, Instant snapshot, Instant timestamp) {}
