package dev.drover.wire;

import java.util.Optional;

/**
 * Who holds a certificate of a hub's CA.
 *
 * <p>A tenant's names are told apart by their common name alone, because that is all some brokers
 * look at: {@code <device>}, {@code <device>.bulk}, {@code hub}, {@code operator:<name>} and {@code
 * server:<name>} cannot be mistaken for each other, as an id holds neither dot nor colon. On a
 * broker the common name is also the client id.
 *
 * @param tenant whose fleet it belongs to, an id
 * @param role what it may do
 * @param name the device, the operator or the server; {@code hub} for the hub
 */
public record Identity(String tenant, Role role, String name) {
  private static final String BULK_SUFFIX = ".bulk";
  private static final String OPERATOR_PREFIX = "operator:";
  private static final String SERVER_PREFIX = "server:";

  /** What a certificate is for. */
  public enum Role {
    /** A device on its control link. */
    DEVICE,
    /** A device on its bulk link. */
    BULK,
    /** The hub on an external broker. */
    HUB,
    /** A person or program that talks to the hub's API. */
    OPERATOR,
    /** A listener: the hub's HTTPS port or a broker. */
    SERVER
  }

  /** Checks the names. */
  public Identity {
    Ids.requireId("A tenant name", tenant);
    switch (role) {
      case DEVICE, BULK -> Ids.requireDevice(name);
      case HUB -> {
        if (!name.equals(Ids.HUB)) {
          throw new DroverException(ErrorCode.INVALID_ARGUMENT, "The hub has one name only.");
        }
      }
      case OPERATOR, SERVER -> Ids.requireId("A name", name);
    }
  }

  /** Returns a device's identity on the control link. */
  public static Identity device(String tenant, String device) {
    return new Identity(tenant, Role.DEVICE, device);
  }

  /** Returns a device's identity on the bulk link. */
  public static Identity bulk(String tenant, String device) {
    return new Identity(tenant, Role.BULK, device);
  }

  /** Returns the hub's identity. */
  public static Identity hub(String tenant) {
    return new Identity(tenant, Role.HUB, Ids.HUB);
  }

  /** Returns an operator's identity. */
  public static Identity operator(String tenant, String name) {
    return new Identity(tenant, Role.OPERATOR, name);
  }

  /** Returns the identity of the port at which a hub enrols, and answers operators. */
  public static Identity api(String tenant) {
    return server(tenant, "api");
  }

  /** Returns a listener's identity. */
  public static Identity server(String tenant, String name) {
    return new Identity(tenant, Role.SERVER, name);
  }

  /** Returns the common name of the certificate, which is also the client id on a broker. */
  public String commonName() {
    return switch (role) {
      case DEVICE, HUB -> name;
      case BULK -> name + BULK_SUFFIX;
      case OPERATOR -> OPERATOR_PREFIX + name;
      case SERVER -> SERVER_PREFIX + name;
    };
  }

  /**
   * Returns who has this common name.
   *
   * @param tenant any text
   * @param commonName any text
   * @return the identity, or empty if either is not one
   */
  public static Optional<Identity> ofCommonName(String tenant, String commonName) {
    if (!Ids.isId(tenant)) {
      return Optional.empty();
    }
    if (commonName.equals(Ids.HUB)) {
      return Optional.of(hub(tenant));
    }
    if (commonName.endsWith(BULK_SUFFIX)) {
      return named(
          tenant, Role.BULK, commonName.substring(0, commonName.length() - BULK_SUFFIX.length()));
    }
    if (commonName.startsWith(OPERATOR_PREFIX)) {
      return named(tenant, Role.OPERATOR, commonName.substring(OPERATOR_PREFIX.length()));
    }
    if (commonName.startsWith(SERVER_PREFIX)) {
      return named(tenant, Role.SERVER, commonName.substring(SERVER_PREFIX.length()));
    }
    return named(tenant, Role.DEVICE, commonName);
  }

  private static Optional<Identity> named(String tenant, Role role, String name) {
    boolean ofDevice = role == Role.DEVICE || role == Role.BULK;
    return (ofDevice ? Ids.isDevice(name) : Ids.isId(name))
        ? Optional.of(new Identity(tenant, role, name))
        : Optional.empty();
  }
}
