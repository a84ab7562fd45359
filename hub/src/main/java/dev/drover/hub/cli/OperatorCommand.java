package dev.drover.hub.cli;

import com.google.protobuf.ByteString;
import dev.drover.crypto.CertificateRequest;
import dev.drover.crypto.Certificates;
import dev.drover.crypto.DurableFiles;
import dev.drover.crypto.KeyFiles;
import dev.drover.hub.enrol.OperatorCredentials;
import dev.drover.term.Json;
import dev.drover.term.Terminal;
import dev.drover.term.TextTable;
import dev.drover.v1.AddOperatorRequest;
import dev.drover.v1.AddOperatorResponse;
import dev.drover.v1.ListOperatorsRequest;
import dev.drover.v1.Operator;
import dev.drover.v1.RemoveOperatorRequest;
import dev.drover.v1.Role;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code drover operator}. */
@Command(
    name = "operator",
    mixinStandardHelpOptions = true,
    description = "Add, list and remove operators.",
    footer = {
      "",
      "Example:",
      "  drover operator add ana --role operator --out ana.pem",
      "Roles: viewer, operator, approver, admin; each may do what those before it may."
    })
public final class OperatorCommand {
  /** The four roles as they are written on the command line. */
  enum RoleName {
    viewer(Role.VIEWER),
    operator(Role.OPERATOR),
    approver(Role.APPROVER),
    admin(Role.ADMIN);

    private final Role role;

    RoleName(Role role) {
      this.role = role;
    }
  }

  private final SecureRandom random;

  /** Makes the command with the randomness of operators' keys. */
  public OperatorCommand(SecureRandom random) {
    this.random = random;
  }

  @Command(
      name = "add",
      mixinStandardHelpOptions = true,
      description = "Add an operator; its key is made here and stays here.",
      footer = {"", "Example:", "  drover operator add ana --role operator --out ana.pem"})
  void add(
      @Mixin HubOptions hub,
      @Parameters(paramLabel = "NAME", description = "Its name.") String name,
      @Option(
              names = "--role",
              required = true,
              paramLabel = "ROLE",
              description = "viewer, operator, approver or admin.")
          RoleName role,
      @Option(names = "--out", required = true, paramLabel = "FILE", description = "Mode 0600.")
          Path file) {
    KeyPair pair = KeyFiles.newP256(random);
    requirePlace(file);
    try (HubConnection connection = hub.connect()) {
      AddOperatorResponse answer =
          connection
              .calls()
              .addOperator(
                  AddOperatorRequest.newBuilder()
                      .setOperator(name)
                      .setRole(role.role)
                      .setCsr(ByteString.copyFrom(CertificateRequest.create(pair)))
                      .build());
      byte[] ca = answer.getCaChain(answer.getCaChainCount() - 1).toByteArray();
      new OperatorCredentials(
              pair,
              Certificates.parse(answer.getCertificate().toByteArray()),
              Certificates.parse(ca))
          .store(file);
      hub.terminal()
          .out()
          .println(
              hub.json()
                  ? Json.of(answer.getOperator())
                  : "Operator " + name + ", " + role + ". Credentials in " + file + ".");
    }
  }

  /** A key that cannot be kept would be lost after the hub has registered its certificate. */
  private static void requirePlace(Path file) {
    if (Files.exists(file)) {
      throw new DroverException(ErrorCode.ALREADY_EXISTS, "There is a file " + file + " already.")
          .withNextStep("Name another file with --out.");
    }
    DurableFiles.replace(file, new byte[0], DurableFiles.OWNER_ONLY);
    DurableFiles.delete(file);
  }

  @Command(
      name = "ls",
      mixinStandardHelpOptions = true,
      description = "List operators.",
      footer = {"", "Example:", "  drover operator ls --json"})
  void list(@Mixin HubOptions hub) {
    try (HubConnection connection = hub.connect()) {
      List<Operator> operators =
          connection
              .calls()
              .listOperators(ListOperatorsRequest.getDefaultInstance())
              .getOperatorsList();
      TextTable table = new TextTable("OPERATOR", "ROLE", "CERTIFICATE ENDS");
      for (Operator operator : operators) {
        table.row(
            operator.getOperator(),
            operator.getRole().name().toLowerCase(Locale.ROOT),
            Terminal.time(operator.getExpiresMs()));
      }
      hub.terminal().list(hub.json(), operators, table, "No operators.");
    }
  }

  @Command(
      name = "rm",
      mixinStandardHelpOptions = true,
      description = "Remove an operator; its certificate is refused at once.",
      footer = {"", "Example:", "  drover operator rm ana"})
  void remove(
      @Mixin HubOptions hub,
      @Parameters(paramLabel = "NAME", description = "Its name.") String name) {
    try (HubConnection connection = hub.connect()) {
      var unused =
          connection
              .calls()
              .removeOperator(RemoveOperatorRequest.newBuilder().setOperator(name).build());
      hub.terminal()
          .out()
          .println(
              hub.json()
                  ? Json.of(Operator.newBuilder().setOperator(name).build())
                  : "Removed " + name + ".");
    }
  }
}
