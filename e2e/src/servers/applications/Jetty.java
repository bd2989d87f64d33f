// Writes down each whole request that Jetty understood.
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.AbstractHandler;

public class Jetty extends AbstractHandler {
    public static void main(String[] arguments) throws Exception {
        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        connector.setPort(Integer.parseInt(System.getenv("PORT")));
        server.addConnector(connector);
        server.setHandler(new Jetty());
        server.start();
    }

    @Override
    public void handle(String path, Request own, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        own.setHandled(true);
        StringBuilder body = new StringBuilder();
        for (byte each : request.getInputStream().readAllBytes()) {
            body.append(String.format("%02x", each));
        }
        String query = request.getQueryString();
        String target = request.getRequestURI() + (query == null ? "" : "?" + query);
        String assertion = String.join(",", java.util.Collections.list(request.getHeaders("sekisho-assertion")));
        String line = String.join("\t", request.getMethod(), target, request.getHeader("host"), assertion, body);
        synchronized (this) {
            Files.writeString(Path.of(System.getenv("NOTES")), line + "\n", StandardOpenOption.APPEND);
        }
        response.setContentType("text/plain");
        response.setContentLength(2);
        response.getOutputStream().print("ok");
    }
}
