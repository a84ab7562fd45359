package dev.drover.agent.models;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Chooses a proxy by the variables that other tools use ({@code https_proxy}, {@code http_proxy},
 * {@code all_proxy}, {@code no_proxy}, in either case), else as the JVM is set. Names and passwords
 * in them are not used.
 */
final class ProxySettings extends ProxySelector {
  private final Map<String, String> environment;
  private final @Nullable ProxySelector fallback;

  ProxySettings(Map<String, String> environment, @Nullable ProxySelector fallback) {
    this.environment = environment;
    this.fallback = fallback;
  }

  @Override
  public List<Proxy> select(URI uri) {
    String host = String.valueOf(uri.getHost()).toLowerCase(Locale.ROOT);
    String proxy = variable(uri.getScheme() + "_proxy");
    if (proxy.isEmpty()) {
      proxy = variable("all_proxy");
    }
    if (proxy.isEmpty()) {
      return fallback == null ? List.of(Proxy.NO_PROXY) : fallback.select(uri);
    }
    if (isExcepted(host)) {
      return List.of(Proxy.NO_PROXY);
    }
    URI address = URI.create(proxy.contains("://") ? proxy : "http://" + proxy);
    int port = address.getPort() > 0 ? address.getPort() : 3128;
    return List.of(
        new Proxy(
            Proxy.Type.HTTP,
            InetSocketAddress.createUnresolved(String.valueOf(address.getHost()), port)));
  }

  private boolean isExcepted(String host) {
    for (String part : variable("no_proxy").split(",", -1)) {
      String name = part.strip().toLowerCase(Locale.ROOT);
      String bare = name.startsWith(".") ? name.substring(1) : name;
      if (name.equals("*")
          || (!bare.isEmpty() && (host.equals(bare) || host.endsWith("." + bare)))) {
        return true;
      }
    }
    return false;
  }

  private String variable(String name) {
    String lower = environment.getOrDefault(name, "");
    return lower.isEmpty() ? environment.getOrDefault(name.toUpperCase(Locale.ROOT), "") : lower;
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException failure) {
    // The failure reaches the caller by itself; nothing is remembered here.
  }
}
