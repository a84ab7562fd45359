package dev.drover.trust;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A parsed document of any role (section 4.2.1): the signed tree, the bytes that signatures cover,
 * and the signatures. Nothing in it is trusted until {@link RoleKeys#verify} accepted it.
 *
 * @param signed the {@code signed} object with all its fields
 * @param canonical what the signatures cover
 * @param signatures hexadecimal text as received, by key id
 * @param version greater than 0
 * @param expires end of validity
 */
record SignedDocument(
    Fields signed,
    byte[] canonical,
    Map<String, String> signatures,
    long version,
    Instant expires) {
  private static final Pattern DATE_TIME =
      Pattern.compile("\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z");
  private static final Pattern SPEC_VERSION = Pattern.compile("1\\.\\d{1,9}(\\.\\d{1,9})?");
  private static final int NUMBER_CHARS_MAX = 32;

  /** Reads exactly one JSON value without duplicate fields, within {@link MetadataLimits}. */
  private static final ObjectMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MetadataLimits.DEPTH_MAX)
                          .maxNumberLength(NUMBER_CHARS_MAX)
                          .maxNameLength(MetadataLimits.TARGETS_BYTES_MAX)
                          .maxStringLength(MetadataLimits.TARGETS_BYTES_MAX)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /**
   * Parses received bytes.
   *
   * @param type the expected {@code _type}
   * @param bytesMax bound on the bytes
   */
  static SignedDocument parse(byte[] bytes, String type, int bytesMax) {
    if (bytes.length > bytesMax) {
      throw new DroverException(
          ErrorCode.LIMIT_EXCEEDED, type + " metadata is larger than " + bytesMax + " bytes");
    }
    Fields envelope = Fields.of(readTree(bytes, type), type + " metadata");
    Fields signed = envelope.object("signed");
    if (!signed.text("_type").equals(type)) {
      throw signed.malformed("_type", "is not " + type);
    }
    if (!SPEC_VERSION.matcher(signed.text("spec_version")).matches()) {
      throw signed.malformed("spec_version", "is not of version 1");
    }
    return new SignedDocument(
        signed,
        CanonicalJson.encode(signed.node()),
        signatures(envelope),
        signed.integer("version", 1, MetadataLimits.VERSION_MAX),
        expires(signed));
  }

  /** Fails if the document is no longer valid at this time (5.3.10, 5.4.4, 5.5.6, 5.6.5). */
  void requireValidAt(Instant now, String role) {
    if (!expires.isAfter(now)) {
      throw new DroverException(
          ErrorCode.METADATA_EXPIRED,
          RoleVersion.encode(role) + " metadata version " + version + " expired at " + expires);
    }
  }

  private static JsonNode readTree(byte[] bytes, String type) {
    try {
      // Decoded here: Jackson would also guess UTF-16 and UTF-32 and let bad UTF-8 pass.
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(bytes))
              .toString();
      return MAPPER.readTree(text);
    } catch (StreamConstraintsException e) {
      throw new DroverException(
          ErrorCode.LIMIT_EXCEEDED, type + " metadata is nested too deeply or too large", e);
    } catch (CharacterCodingException | JsonProcessingException e) {
      throw new DroverException(ErrorCode.MESSAGE_MALFORMED, type + " metadata is not JSON", e);
    }
  }

  private static Map<String, String> signatures(Fields envelope) {
    Map<String, String> signatures = new HashMap<>();
    if (envelope.array("signatures").size() > MetadataLimits.SIGNATURES_MAX) {
      throw new DroverException(
          ErrorCode.LIMIT_EXCEEDED, envelope.where() + " has too many signatures");
    }
    for (JsonNode element : envelope.array("signatures")) {
      Fields signature = Fields.of(element, envelope.where() + ".signatures");
      if (signatures.put(signature.text("keyid"), signature.text("sig")) != null) {
        throw new DroverException(
            ErrorCode.SIGNATURE_INVALID, envelope.where() + " lists one signer twice");
      }
    }
    return Map.copyOf(signatures);
  }

  private static Instant expires(Fields signed) {
    String text = signed.text("expires");
    try {
      if (DATE_TIME.matcher(text).matches()) {
        return Instant.parse(text);
      }
    } catch (DateTimeException e) {
      throw new DroverException(
          ErrorCode.MESSAGE_MALFORMED, signed.where() + ".expires is no date", e);
    }
    throw signed.malformed("expires", "is not YYYY-MM-DDTHH:MM:SSZ");
  }
}
