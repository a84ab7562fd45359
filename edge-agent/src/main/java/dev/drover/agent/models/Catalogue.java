package dev.drover.agent.models;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The models that Drover knows, in the order of their size. Immutable.
 *
 * @param models all of them
 */
public record Catalogue(List<CatalogueModel> models) {
  private static final String RESOURCE = "catalogue.json";

  /** Copies the list. */
  public Catalogue {
    models = List.copyOf(models);
  }

  /** Returns the catalogue that comes with this agent. */
  public static Catalogue bundled() {
    try (InputStream in = Catalogue.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new DroverException(ErrorCode.INTERNAL, "The model catalogue is missing.");
      }
      return read(new ObjectMapper().readTree(in));
    } catch (IOException e) {
      throw new DroverException(ErrorCode.INTERNAL, "The model catalogue does not read.", e);
    }
  }

  /**
   * Returns a model by its short name, its full name or its digest (8 digits or more).
   *
   * @throws DroverException {@code NOT_FOUND}
   */
  public CatalogueModel find(String what) {
    for (CatalogueModel model : models) {
      if (model.id().equalsIgnoreCase(what)
          || model.name().equalsIgnoreCase(what)
          || (what.length() >= 8 && model.sha256().startsWith(what))) {
        return model;
      }
    }
    throw new DroverException(
        ErrorCode.NOT_FOUND,
        "No such model in the catalogue; it has "
            + models.stream().map(CatalogueModel::id).collect(Collectors.joining(", "))
            + ".");
  }

  private static Catalogue read(JsonNode root) {
    List<CatalogueModel> models = new ArrayList<>();
    for (JsonNode model : root.path("models")) {
      List<ModelSource> sources = new ArrayList<>();
      model.path("sources").forEach(source -> sources.add(source(source)));
      models.add(
          new CatalogueModel(
              model.path("id").asText(),
              model.path("name").asText(),
              model.path("sha256").asText(),
              model.path("bytes").asLong(),
              model.path("licence").asText(),
              model.path("architecture").asText(),
              model.path("memoryBytes").asLong(),
              sources));
    }
    return new Catalogue(models);
  }

  private static ModelSource source(JsonNode source) {
    if (source.has("url")) {
      return new ModelSource.Web(URI.create(source.path("url").asText()));
    }
    List<String> requirements = new ArrayList<>();
    for (int part = 1; part <= source.path("parts").asInt(); part++) {
      requirements.add(source.path("pip").asText().replace("{n}", Integer.toString(part)));
    }
    return new ModelSource.Pip(requirements, source.path("entry").asText());
  }
}
