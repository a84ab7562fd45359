package dev.drover.hub.fleet;

import com.google.protobuf.ByteString;
import dev.drover.config.DesiredConfig;
import dev.drover.crypto.Hashes;
import dev.drover.hub.core.DeviceRows;
import dev.drover.hub.core.RegistryRows;
import dev.drover.hub.v1.AddOperator;
import dev.drover.hub.v1.CreateToken;
import dev.drover.hub.v1.DeviceRow;
import dev.drover.hub.v1.PublishFacts;
import dev.drover.hub.v1.RedeemToken;
import dev.drover.hub.v1.RegistryEnvelope;
import dev.drover.hub.v1.RemoveOperator;
import dev.drover.hub.v1.TokenAnswer;
import dev.drover.v1.CreateTokenRequest;
import dev.drover.v1.Operator;
import dev.drover.v1.Release;
import dev.drover.v1.Role;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import dev.drover.wire.Ids;
import dev.drover.wire.Limits;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * Tokens, operators, releases, refused certificates and the hub's epoch.
 *
 * <p>Thread-safe. Reads are of committed state, on the caller's thread. What a completed stage says
 * is durable; a stage fails with a {@link DroverException}.
 */
public final class RegistryService {
  private static final int TOKEN_TTL_SECONDS_DEFAULT = 3600;
  private static final int TOKEN_ID_BYTES = 16;
  private static final int TOKEN_SECRET_BYTES = 32;

  private final Machines machines;

  RegistryService(Machines machines) {
    this.machines = machines;
  }

  /**
   * What a token is good for.
   *
   * @param device whom it admits
   * @param labels that the device gets
   * @param expiresMs when it ends, UTC milliseconds
   */
  public record Token(String device, Map<String, String> labels, long expiresMs) {
    /** Copies the labels. */
    public Token {
      labels = Map.copyOf(labels);
    }
  }

  /**
   * Makes a token that admits one device once, and invites the device. Only the secret's hash is
   * kept.
   *
   * @param id 16 random bytes
   * @param secret 32 random bytes
   * @param operator who wants it
   */
  public CompletionStage<Token> createToken(
      CreateTokenRequest request, byte[] id, byte[] secret, String operator) {
    return Machines.staged(
        () -> {
          Ids.requireDevice(request.getDevice());
          DesiredConfig.checkLabels(request.getLabelsMap());
          CreateToken create =
              CreateToken.newBuilder()
                  .setTokenId(exactly(id, TOKEN_ID_BYTES))
                  .setSecretSha256(hashed(exactly(secret, TOKEN_SECRET_BYTES)))
                  .setDevice(request.getDevice())
                  .putAllLabels(labels(request))
                  .setTtlMs(ttlMs(request.getTtlSeconds()))
                  .setOperator(operator)
                  .setRequestSha256(Requests.sha256(request))
                  .build();
          return machines
              .registry(RegistryEnvelope.newBuilder().setCreateToken(create))
              .thenApply(RegistryService::token);
        });
  }

  /** A device that is known keeps its labels where the token names none. */
  private Map<String, String> labels(CreateTokenRequest request) {
    return request.getLabelsCount() > 0
        ? request.getLabelsMap()
        : machines
            .readDevice(request.getDevice(), DeviceRows::row)
            .map(DeviceRow::getLabelsMap)
            .orElse(Map.of());
  }

  private static long ttlMs(int ttlSeconds) {
    long seconds = ttlSeconds == 0 ? TOKEN_TTL_SECONDS_DEFAULT : Integer.toUnsignedLong(ttlSeconds);
    if (seconds < Limits.TOKEN_TTL_SECONDS_MIN || seconds > Limits.TOKEN_TTL_SECONDS_MAX) {
      throw new DroverException(
          ErrorCode.INVALID_ARGUMENT,
          "A token lives "
              + Limits.TOKEN_TTL_SECONDS_MIN
              + " to "
              + Limits.TOKEN_TTL_SECONDS_MAX
              + " seconds.");
    }
    return seconds * 1000;
  }

  /**
   * Uses a token up. The same request may come again, as long as the token has not expired: its
   * answer may have been lost.
   *
   * @param requestSha256 of the enrolment request
   * @return whom it admits; fails with {@link ErrorCode#TOKEN_INVALID} or {@link
   *     ErrorCode#TOKEN_EXPIRED}
   */
  public CompletionStage<Token> redeemToken(byte[] id, byte[] secret, byte[] requestSha256) {
    RedeemToken redeem =
        RedeemToken.newBuilder()
            .setTokenId(ByteString.copyFrom(id))
            .setSecretSha256(hashed(ByteString.copyFrom(secret)))
            .setRequestSha256(ByteString.copyFrom(requestSha256))
            .build();
    return machines
        .registry(RegistryEnvelope.newBuilder().setRedeemToken(redeem))
        .thenApply(RegistryService::token);
  }

  private static Token token(byte[] answer) {
    TokenAnswer token = Machines.answer(answer, TokenAnswer.parser());
    return new Token(token.getDevice(), token.getLabelsMap(), token.getExpiresMs());
  }

  /**
   * Adds an operator.
   *
   * @param operator with role, expiry and the serial of its certificate, lower-case hexadecimal
   * @param by who adds it; {@code hub} for the first one
   */
  public CompletionStage<Operator> addOperator(Operator operator, String by) {
    return Machines.staged(
        () -> {
          Ids.requireId("An operator's name", operator.getOperator());
          AddOperator add =
              AddOperator.newBuilder()
                  .setOperator(operator)
                  .setBy(by)
                  .setRequestSha256(Requests.sha256(operator))
                  .build();
          return machines
              .registry(RegistryEnvelope.newBuilder().setAddOperator(add))
              .thenApply(done -> operator);
        });
  }

  /** Removes an operator and refuses its certificate; the last admin cannot be removed. */
  public CompletionStage<Void> removeOperator(String operator, String by) {
    RemoveOperator remove =
        RemoveOperator.newBuilder()
            .setOperator(operator)
            .setBy(by)
            .setRequestSha256(Requests.sha256("remove operator", operator))
            .build();
    return machines
        .registry(RegistryEnvelope.newBuilder().setRemoveOperator(remove))
        .thenAccept(done -> {});
  }

  /** Returns the operators by name. */
  public List<Operator> operators() {
    return machines.readRegistry(RegistryRows::operators);
  }

  /** Returns an operator's role if it has this certificate and was not removed. */
  public Optional<Role> role(String operator, String serial) {
    return machines
        .readRegistry(rows -> RegistryRows.operator(rows, operator))
        .filter(found -> found.getCertificateSerial().equals(serial))
        .map(Operator::getRole);
  }

  /** Returns whether certificates with this serial, in lower-case hexadecimal, are refused. */
  public boolean isRevoked(String serial) {
    return machines.readRegistry(rows -> RegistryRows.isRevoked(rows, serial));
  }

  /**
   * Makes it known that a release was published; its documents were verified before.
   *
   * @param by who published it
   * @return fails with {@link ErrorCode#ALREADY_EXISTS} where its name and version are taken
   */
  public CompletionStage<Release> publishRelease(Release release, String by) {
    PublishFacts publish =
        PublishFacts.newBuilder()
            .setRelease(release)
            .setBy(by)
            .setRequestSha256(Requests.sha256(release))
            .build();
    return machines
        .registry(RegistryEnvelope.newBuilder().setPublish(publish))
        .thenApply(
            done ->
                releases().stream()
                    .filter(r -> r.getRelease().equals(release.getRelease()))
                    .findFirst()
                    .orElse(release));
  }

  /** Returns the published releases by name and version. */
  public List<Release> releases() {
    return machines.readRegistry(RegistryRows::releases);
  }

  /** Returns the hub's epoch, from 1; it grows when the hub finds out that it was restored. */
  public long hubEpoch() {
    return machines.readRegistry(RegistryRows::head).getHubEpoch();
  }

  private static ByteString exactly(byte[] bytes, int length) {
    if (bytes.length != length) {
      throw new DroverException(ErrorCode.INVALID_ARGUMENT, "A token part has a wrong length.");
    }
    return ByteString.copyFrom(bytes);
  }

  private static ByteString hashed(ByteString secret) {
    return ByteString.copyFrom(Hashes.sha256(secret.toByteArray()));
  }
}
