package dev.drover.trust;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.drover.crypto.Hashes;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Makes the bytes of a signed document. The same content and keys give the same bytes: fields are
 * sorted by code point, signatures by key id, and there is no white space. (The canonical form
 * itself cannot be published: its raw control characters are not JSON.)
 */
final class SealedDocument {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private SealedDocument() {}

  static byte[] of(ObjectNode signed, List<Signer> signers) {
    byte[] message = CanonicalJson.encode(signed);
    ObjectNode envelope = JsonNodeFactory.instance.objectNode();
    ArrayNode signatures = envelope.putArray("signatures");
    signers.stream()
        .sorted(Comparator.comparing(signer -> signer.key().keyId()))
        .forEach(
            signer ->
                signatures
                    .addObject()
                    .put("keyid", signer.key().keyId())
                    .put("sig", Hashes.hex(signer.sign(message))));
    envelope.set("signed", signed);
    try {
      return MAPPER.writeValueAsBytes(sorted(envelope));
    } catch (JsonProcessingException e) {
      throw new DroverException(ErrorCode.INTERNAL, "cannot write metadata", e);
    }
  }

  private static JsonNode sorted(JsonNode node) {
    if (node instanceof ArrayNode array) {
      ArrayNode copy = JsonNodeFactory.instance.arrayNode(array.size());
      array.forEach(element -> copy.add(sorted(element)));
      return copy;
    }
    if (node instanceof ObjectNode object) {
      ObjectNode copy = JsonNodeFactory.instance.objectNode();
      object.properties().stream()
          .sorted(
              (a, b) ->
                  Arrays.compareUnsigned(
                      a.getKey().getBytes(StandardCharsets.UTF_8),
                      b.getKey().getBytes(StandardCharsets.UTF_8)))
          .forEach(field -> copy.set(field.getKey(), sorted(field.getValue())));
      return copy;
    }
    return node;
  }
}
