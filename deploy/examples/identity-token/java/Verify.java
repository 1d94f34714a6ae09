// A service that believes nobody but cogate. Nimbus fetches the keys, keeps them, and looks again when a key is new.
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;

public class Verify {
  public static void main(String[] args) throws Exception {
    var keys = JWKSourceBuilder.create(URI.create(System.getenv("KEYS_URL")).toURL()).retrying(true).build();
    var processor = new DefaultJWTProcessor<SecurityContext>();
    processor.setJWSKeySelector(new JWSVerificationKeySelector<>(JWSAlgorithm.ES256, keys));
    processor.setJWTClaimsSetVerifier(
        new DefaultJWTClaimsVerifier<>(
            System.getenv("AUDIENCE"),
            new JWTClaimsSet.Builder().issuer(System.getenv("ISSUER")).build(),
            Set.of("sub", "exp")));

    var port = Integer.parseInt(System.getenv().getOrDefault("PORT", "3000"));
    var server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.createContext("/", exchange -> {
      var token = exchange.getRequestHeaders().getFirst("X-Cogate-Identity");
      var status = 200;
      String text;
      try {
        var claims = processor.process(token == null ? "" : token, null);
        var name = claims.getStringClaim("username");
        text = (name == null ? claims.getSubject() : name) + "\n";
      } catch (Exception notSigned) {
        status = 401;
        text = "Not signed by the gate.\n";
      }
      var body = text.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    });
    server.start();
  }
}
