package dev.drover.hub.core;

import com.google.protobuf.ByteString;
import dev.drover.crypto.Hashes;
import dev.drover.hub.v1.CreateToken;
import dev.drover.hub.v1.DeviceEnvelope;
import dev.drover.hub.v1.Invite;
import dev.drover.hub.v1.RedeemToken;
import dev.drover.hub.v1.TokenAnswer;
import dev.drover.hub.v1.TokenRow;
import dev.drover.machine.Row;
import dev.drover.machine.RowReader;
import dev.drover.machine.Step;
import dev.drover.machine.Table;
import dev.drover.v1.HubAction;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;

/**
 * The part of a {@link RegistryMachine} that keeps enrolment tokens: the hash of a secret, for one
 * device, to be used once. The same request may use it again, so that a lost answer costs nothing.
 * Pure.
 */
final class Tokens {
  private static final int SWEEP_ROWS = 64;
  private static final int FORGET_ROWS = 1000;
  private static final long KEPT_MS = 24L * 3600 * 1000;

  /** States of a token. */
  enum State {
    /** There is none. */
    NONE,
    /** It can be redeemed. */
    OPEN,
    /** It was redeemed. */
    USED,
    /** It was not redeemed in time. */
    EXPIRED
  }

  /** What can happen to a token. */
  enum Event {
    /** An operator makes it. */
    CREATE,
    /** A device redeems it. */
    REDEEM,
    /** The request that redeemed it comes again. */
    REPEAT
  }

  static final Table<State, Event> TABLE =
      Table.<State, Event>startingAt(State.NONE, Event.class)
          .on(State.NONE, Event.CREATE, State.OPEN)
          .on(State.OPEN, Event.REDEEM, State.USED)
          .stay(State.USED, Event.REPEAT)
          .build();

  private Tokens() {}

  static void create(RowReader own, Step.Builder step, CreateToken create, long nowMs) {
    String name = name(create.getTokenId());
    if (own.get(name) != null) {
      throw new DroverException(ErrorCode.ALREADY_EXISTS, "There is a token of this id.");
    }
    TABLE.move(State.NONE, Event.CREATE);
    TokenRow token =
        TokenRow.newBuilder()
            .setSecretSha256(create.getSecretSha256())
            .setDevice(create.getDevice())
            .putAllLabels(create.getLabelsMap())
            .setCreatedMs(nowMs)
            .setExpiresMs(nowMs + create.getTtlMs())
            .build();
    step.put(name, token.toByteArray());
    Invite invite = Invite.newBuilder().putAllLabels(create.getLabelsMap()).build();
    step.send(
        MachineKeys.DEVICE,
        MachineKeys.of(own.key(), create.getDevice()),
        DeviceEnvelope.newBuilder().setInvite(invite).build().toByteArray());
    Statements.send(
        step,
        own.key(),
        Statements.of(HubAction.TOKEN_CREATED, create.getOperator(), create.getDevice()),
        create.getRequestSha256(),
        nowMs);
    sweep(own, step, nowMs);
    step.reply(answer(token));
  }

  private static void sweep(RowReader own, Step.Builder step, long nowMs) {
    for (Row row : own.scan(RegistryRows.TOKEN, SWEEP_ROWS)) {
      TokenRow token = StoredRows.parse(row.name(), row.value(), TokenRow.parser());
      if (nowMs - token.getExpiresMs() > KEPT_MS) {
        step.delete(row.name());
      }
    }
  }

  /** Removes the tokens of a device that were made until then. */
  static void forget(RowReader own, Step.Builder step, String device, long untilMs) {
    String from = "";
    List<Row> page;
    do {
      page = own.scan(RegistryRows.TOKEN, from, FORGET_ROWS);
      for (Row row : page) {
        TokenRow token = StoredRows.parse(row.name(), row.value(), TokenRow.parser());
        if (token.getDevice().equals(device) && token.getCreatedMs() <= untilMs) {
          step.delete(row.name());
        }
        // No digit of an identifier sorts before an exclamation mark.
        from = row.name() + '!';
      }
    } while (page.size() == FORGET_ROWS);
  }

  static void redeem(RowReader own, Step.Builder step, RedeemToken redeem, long nowMs) {
    Optional<TokenRow> found =
        StoredRows.find(own, name(redeem.getTokenId()), TokenRow.parser())
            .filter(token -> isEqual(token.getSecretSha256(), redeem.getSecretSha256()));
    TokenRow token = found.orElseThrow(() -> invalid("There is no such token."));
    State state = state(token, nowMs);
    if (state == State.EXPIRED) {
      throw new DroverException(ErrorCode.TOKEN_EXPIRED, "The token expired.");
    }
    boolean again = token.getUsedBySha256().equals(redeem.getRequestSha256());
    Event event = state == State.USED && again ? Event.REPEAT : Event.REDEEM;
    if (!TABLE.allows(state, event)) {
      throw invalid("The token was used before.");
    }
    TABLE.move(state, event);
    if (event == Event.REDEEM) {
      TokenRow used =
          token.toBuilder().setUsedMs(nowMs).setUsedBySha256(redeem.getRequestSha256()).build();
      step.put(name(redeem.getTokenId()), used.toByteArray());
    }
    step.reply(answer(token));
  }

  private static State state(TokenRow token, long nowMs) {
    if (nowMs >= token.getExpiresMs()) {
      return State.EXPIRED;
    }
    return token.getUsedMs() > 0 ? State.USED : State.OPEN;
  }

  private static byte[] answer(TokenRow token) {
    return TokenAnswer.newBuilder()
        .setDevice(token.getDevice())
        .putAllLabels(token.getLabelsMap())
        .setExpiresMs(token.getExpiresMs())
        .build()
        .toByteArray();
  }

  private static boolean isEqual(ByteString left, ByteString right) {
    return MessageDigest.isEqual(left.toByteArray(), right.toByteArray());
  }

  private static String name(ByteString id) {
    return RegistryRows.TOKEN + Hashes.hex(id.toByteArray());
  }

  private static DroverException invalid(String why) {
    return new DroverException(ErrorCode.TOKEN_INVALID, why);
  }
}
