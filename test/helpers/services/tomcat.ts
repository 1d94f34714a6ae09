/** Debian's Tomcat with one page, which counts its visits in a session that lives in the address alone. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { findFreePort } from '../listen.ts'
import { makeFolder, startService } from './service.ts'

const home = '/usr/share/tomcat10'

/** `encodeURL` writes `;jsessionid=` into the link; a redirect names the address that Tomcat takes for its own. */
const page = `<%@ page session="true" contentType="text/plain; charset=UTF-8" %><%
Integer visits = (Integer) session.getAttribute("visits");
session.setAttribute("visits", visits == null ? 1 : visits + 1);
%>visit <%= session.getAttribute("visits") %> by <%= request.getHeader("X-Cognito-Sub") %>, next <%= response.encodeURL("index.jsp") %>`
const redirect = '<% response.sendRedirect(response.encodeRedirectURL("index.jsp")); %>'
const descriptor = `<web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
<servlet><servlet-name>jsp</servlet-name><servlet-class>org.apache.jasper.servlet.JspServlet</servlet-class></servlet>
<servlet-mapping><servlet-name>jsp</servlet-name><url-pattern>*.jsp</url-pattern></servlet-mapping>
<servlet><servlet-name>default</servlet-name>
<servlet-class>org.apache.catalina.servlets.DefaultServlet</servlet-class></servlet>
<servlet-mapping><servlet-name>default</servlet-name><url-pattern>/</url-pattern></servlet-mapping>
<welcome-file-list><welcome-file>index.jsp</welcome-file></welcome-file-list>
<session-config><tracking-mode>URL</tracking-mode></session-config></web-app>`

/** Resolves with its origin. */
export async function startTomcat(t: Test): Promise<string> {
  const [base, port] = [makeFolder(t, 'tomcat'), await findFreePort()]
  const root = join(base, 'webapps', 'ROOT')
  for (const folder of ['conf', 'logs', 'work', 'temp', 'webapps', 'webapps/ROOT', 'webapps/ROOT/WEB-INF']) {
    mkdirSync(join(base, folder))
    chmodSync(join(base, folder), 0o777)
  }
  writeFileSync(join(root, 'index.jsp'), page)
  writeFileSync(join(root, 'go.jsp'), redirect)
  writeFileSync(join(root, 'WEB-INF', 'web.xml'), descriptor)
  writeFileSync(join(base, 'conf', 'server.xml'), server(port))
  const java = ['-Djava.io.tmpdir=.', `-Dcatalina.home=${home}`, `-Dcatalina.base=${base}`, '-Xmx96m', '-Xshare:auto']
  const path = ['-cp', `${home}/bin/bootstrap.jar:${home}/bin/tomcat-juli.jar`]
  const args = [...java, ...path, 'org.apache.catalina.startup.Bootstrap', 'start']
  await startService(t, { command: 'java', args, folder: base, port })
  return `http://127.0.0.1:${port}`
}

function server(port: number): string {
  return `<Server port="-1"><Service name="Catalina"><Connector port="${port}" address="127.0.0.1"/>
<Engine name="Catalina" defaultHost="localhost"><Host name="localhost" appBase="webapps"/></Engine></Service></Server>`
}
