package dev.drover.machine;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The transitions of a lifecycle: from which state, on which event, to which states; every other
 * pair is rejected.
 *
 * <p>Immutable but for its counters, and thread-safe. Tests walk {@link #rows()} and every pair
 * that is not among them; the diagram in the documents is {@link #mermaid()}.
 *
 * @param <S> states
 * @param <E> kinds of events
 */
public final class Table<S extends Enum<S>, E extends Enum<E>> {
  private final Class<S> states;
  private final S initial;
  private final Map<S, Map<E, Transition<S, E>>> rows;
  private final Map<Transition<S, E>, LongAdder> fired;

  private Table(Builder<S, E> builder) {
    this.states = builder.states;
    this.initial = builder.initial;
    this.rows = builder.rows;
    this.fired = new LinkedHashMap<>();
    for (Map<E, Transition<S, E>> ofState : rows.values()) {
      ofState.values().forEach(row -> fired.put(row, new LongAdder()));
    }
  }

  /**
   * One row of a table.
   *
   * @param from the state before
   * @param event what happens
   * @param to the states that may follow; which one, the machine decides
   * @param <S> states
   * @param <E> kinds of events
   */
  public record Transition<S extends Enum<S>, E extends Enum<E>>(S from, E event, Set<S> to) {}

  /** Returns a builder of a table that begins in the given state. */
  public static <S extends Enum<S>, E extends Enum<E>> Builder<S, E> startingAt(
      S initial, Class<E> events) {
    return new Builder<>(initial, events);
  }

  /** Returns the state a lifecycle begins in. */
  public S initial() {
    return initial;
  }

  /** Returns whether the event means anything in this state. */
  public boolean allows(S from, E event) {
    return find(from, event) != null;
  }

  /** Returns whether no event leads out of this state. */
  public boolean isFinal(S state) {
    Map<E, Transition<S, E>> ofState = rows.get(state);
    return ofState == null
        || ofState.values().stream().allMatch(row -> row.to().equals(Set.of(state)));
  }

  /**
   * Returns the state that follows where the table names exactly one.
   *
   * @throws DroverException {@link ErrorCode#ILLEGAL_TRANSITION} if the pair is not in the table
   * @throws IllegalStateException if the table leaves the choice to the machine
   */
  public S move(S from, E event) {
    Transition<S, E> row = require(from, event);
    if (row.to().size() != 1) {
      throw new IllegalStateException("The table names several states after " + event);
    }
    count(row);
    return row.to().iterator().next();
  }

  /**
   * Returns the state that the machine chose, if the table allows it.
   *
   * @throws DroverException {@link ErrorCode#ILLEGAL_TRANSITION} if it does not
   */
  public S move(S from, E event, S to) {
    Transition<S, E> row = require(from, event);
    if (!row.to().contains(to)) {
      throw new DroverException(
          ErrorCode.ILLEGAL_TRANSITION, event + " does not lead from " + from + " to " + to + ".");
    }
    count(row);
    return to;
  }

  /** Returns the rows, by state and event in the order of their declarations. */
  public List<Transition<S, E>> rows() {
    return List.copyOf(fired.keySet());
  }

  /** Returns how often each row was used in this process, for tests that want every row walked. */
  public Map<Transition<S, E>, Long> fired() {
    Map<Transition<S, E>, Long> counts = new LinkedHashMap<>();
    fired.forEach((row, adder) -> counts.put(row, adder.sum()));
    return Collections.unmodifiableMap(counts);
  }

  /** Returns a Mermaid state diagram of the table, the same text for the same rows. */
  public String mermaid() {
    StringBuilder out = new StringBuilder("stateDiagram-v2\n");
    out.append("    [*] --> ").append(initial.name()).append('\n');
    for (Transition<S, E> row : fired.keySet()) {
      for (S to : row.to()) {
        out.append("    ").append(row.from().name()).append(" --> ").append(to.name());
        out.append(" : ").append(row.event().name()).append('\n');
      }
    }
    for (S state : EnumSet.allOf(states)) {
      if (isFinal(state) && isReached(state)) {
        out.append("    ").append(state.name()).append(" --> [*]\n");
      }
    }
    return out.toString();
  }

  private boolean isReached(S state) {
    return state == initial || fired.keySet().stream().anyMatch(row -> row.to().contains(state));
  }

  private @Nullable Transition<S, E> find(S from, E event) {
    Map<E, Transition<S, E>> ofState = rows.get(from);
    return ofState == null ? null : ofState.get(event);
  }

  private Transition<S, E> require(S from, E event) {
    Transition<S, E> row = find(from, event);
    if (row == null) {
      throw new DroverException(
          ErrorCode.ILLEGAL_TRANSITION, event + " is not allowed in state " + from + ".");
    }
    return row;
  }

  private void count(Transition<S, E> row) {
    LongAdder adder = fired.get(row);
    if (adder != null) {
      adder.increment();
    }
  }

  /**
   * Collects the rows of a table. Not thread-safe.
   *
   * @param <S> states
   * @param <E> kinds of events
   */
  public static final class Builder<S extends Enum<S>, E extends Enum<E>> {
    private final Class<S> states;
    private final Class<E> events;
    private final S initial;
    private final Map<S, Map<E, Transition<S, E>>> rows;

    private Builder(S initial, Class<E> events) {
      this.states = initial.getDeclaringClass();
      this.events = events;
      this.initial = initial;
      this.rows = new EnumMap<>(states);
    }

    /**
     * Adds a row; where several states may follow, the machine chooses among them.
     *
     * @throws IllegalStateException if there is a row for this pair
     */
    @SafeVarargs
    public final Builder<S, E> on(S from, E event, S to, S... orTo) {
      EnumSet<S> targets = EnumSet.of(to);
      for (S other : orTo) {
        targets.add(other);
      }
      Transition<S, E> row = new Transition<>(from, event, Collections.unmodifiableSet(targets));
      Map<E, Transition<S, E>> ofState =
          rows.computeIfAbsent(from, unused -> new EnumMap<>(events));
      if (ofState.put(event, row) != null) {
        throw new IllegalStateException("Two rows for " + from + " and " + event);
      }
      return this;
    }

    /** Adds a row in which the event is expected and changes no state, such as a repetition. */
    public Builder<S, E> stay(S state, E event) {
      return on(state, event, state);
    }

    /** Returns the table. */
    public Table<S, E> build() {
      return new Table<>(this);
    }
  }
}
