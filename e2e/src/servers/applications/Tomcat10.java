// Writes down each whole request that Tomcat understood.
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;

public class Tomcat10 extends HttpServlet {
    public static void main(String[] arguments) throws Exception {
        Tomcat server = new Tomcat();
        server.setBaseDir(System.getProperty("user.dir"));
        Connector connector = new Connector();
        connector.setProperty("address", "127.0.0.1");
        connector.setPort(Integer.parseInt(System.getenv("PORT")));
        server.setConnector(connector);
        Context context = server.addContext("", System.getProperty("user.dir"));
        Tomcat.addServlet(context, "application", new Tomcat10());
        context.addServletMappingDecoded("/*", "application");
        server.start();
        server.getServer().await();
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
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
