// Template of logback.xml: the application log goes to standard output, and to files that stay small.
// The kubelet keeps the end of a failed container's output as its termination message, at most 2048 bytes. A full trace
// there would be frames without the cause, so what reports a failed start writes two frames a cause; the file has all.
// Surprise: nifi.sh reads its JVM command from the standard output of NiFi's bootstrap, which uses this file too. Only
// NiFi itself is started with nifi.console.target, everything else logs to standard error.

const logDirectory = '${org.apache.nifi.bootstrap.config.log.dir}';

function rollingFile(name: string, file: string, pattern: string, totalSize: string): string {
  return `<appender name="${name}" class="ch.qos.logback.core.rolling.RollingFileAppender">
    <file>${logDirectory}/${file}.log</file>
    <rollingPolicy class="ch.qos.logback.core.rolling.SizeAndTimeBasedRollingPolicy">
      <fileNamePattern>${logDirectory}/${file}_%d.%i.log</fileNamePattern>
      <maxFileSize>20MB</maxFileSize>
      <maxHistory>5</maxHistory>
      <totalSizeCap>${totalSize}</totalSizeCap>
      <cleanHistoryOnStart>true</cleanHistoryOnStart>
    </rollingPolicy>
    <encoder class="ch.qos.logback.classic.encoder.PatternLayoutEncoder">
      <pattern>${pattern}</pattern>
    </encoder>
  </appender>`;
}

function console(name: string, pattern: string): string {
  return `<appender name="${name}" class="ch.qos.logback.core.ConsoleAppender">
    <target>\${nifi.console.target:-System.err}</target>
    <encoder class="ch.qos.logback.classic.encoder.PatternLayoutEncoder">
      <pattern>${pattern}</pattern>
    </encoder>
  </appender>`;
}

/** Loggers with a level of their own, most of them to keep a healthy node quiet. */
const levels: Readonly<Record<string, string>> = {
  'org.apache.nifi': 'INFO',
  'org.apache.nifi.processors': 'WARN',
  'org.apache.nifi.processors.standard.LogAttribute': 'TRACE',
  'org.apache.nifi.processors.standard.LogMessage': 'TRACE',
  'org.apache.nifi.controller.repository.StandardProcessSession': 'WARN',
  'org.apache.nifi.controller.reporting.LogComponentStatuses': 'ERROR',
  'org.apache.zookeeper': 'ERROR',
  'org.apache.curator.framework.recipes.leader.LeaderSelector': 'OFF',
  'org.apache.curator.ConnectionState': 'OFF',
  'org.apache.calcite.runtime.CalciteException': 'OFF',
  'org.apache.parquet.hadoop.InternalParquetRecordReader': 'WARN',
  'org.apache.lucene': 'WARN',
  'org.apache.lucene.internal.vectorization.VectorizationProvider': 'ERROR',
  'org.apache.atlas': 'WARN',
  'org.apache.sshd.common.kex.extension.parser.HostBoundPubkeyAuthentication': 'WARN',
  'org.opensaml': 'WARN',
  'net.schmizz.sshj': 'WARN',
  'com.hierynomus': 'WARN',
  'org.eclipse.jetty': 'INFO',
  'org.eclipse.jetty.annotations.AnnotationParser': 'ERROR',
  'org.glassfish.jersey.internal.Errors': 'ERROR',
  'org.springframework': 'ERROR',
  'jetbrains.exodus.io.FileDataWriter': 'WARN',
  'software.amazon.awssdk': 'WARN',
  py4j: 'WARN',
};

/** Who came and what was allowed: two lines a request, so to a file of their own. */
const userLoggers = [
  'org.apache.nifi.web.security',
  'org.apache.nifi.web.api.config',
  'org.apache.nifi.web.api.AccessResource',
  'org.apache.nifi.authorization',
  'org.apache.nifi.cluster.authorization',
];

/** What says why a start failed. */
const startLoggers = ['org.apache.nifi.runtime', 'org.apache.nifi.web.server.JettyServer'];

function logger(name: string, level: string, appenders: readonly string[]): string {
  const references = appenders.map((appender) => `\n    <appender-ref ref="${appender}"/>`).join('');
  return `<logger name="${name}" level="${level}" additivity="false">${references}\n  </logger>`;
}

const line = '%date %level [%thread] %logger{40} %msg%n';
const lineWithShortCauses = '%date %level [%thread] %logger{40} %msg%n%ex{2}';

export const logback = `<?xml version="1.0" encoding="UTF-8"?>
<!-- Rendered by nifi-operator: replace it with config.files in the NiFiCluster. -->
<configuration scan="true" scanPeriod="30 seconds">
  <contextListener class="ch.qos.logback.classic.jul.LevelChangePropagator">
    <resetJUL>true</resetJUL>
  </contextListener>

  ${console('CONSOLE', line)}

  ${console('CONSOLE_START', lineWithShortCauses)}

  ${rollingFile('APP_FILE', 'nifi-app', line, '200MB')}

  ${rollingFile('USER_FILE', 'nifi-user', line, '50MB')}

  ${rollingFile('REQUEST_FILE', 'nifi-request', '%msg%n', '50MB')}

  ${rollingFile('BOOTSTRAP_FILE', 'nifi-bootstrap', line, '20MB')}

  ${rollingFile('DEPRECATION_FILE', 'nifi-deprecation', '%date %level [%thread] %logger %msg%n', '20MB')}

  <appender name="DEDICATED_LOGGING" class="ch.qos.logback.classic.sift.SiftingAppender">
    <discriminator class="org.apache.nifi.logging.NifiDiscriminator"/>
    <sift>
      ${rollingFile('APP-${logFileSuffix}_FILE', 'nifi-app-${logFileSuffix}', line, '100MB')}
    </sift>
  </appender>

${Object.entries(levels)
  .map(([name, level]) => `  <logger name="${name}" level="${level}"/>`)
  .join('\n')}

  ${startLoggers.map((name) => logger(name, 'INFO', ['CONSOLE_START', 'APP_FILE'])).join('\n  ')}
  ${userLoggers.map((name) => logger(name, 'INFO', ['USER_FILE'])).join('\n  ')}
  ${logger('org.apache.nifi.web.security.requests', 'INFO', ['CONSOLE', 'APP_FILE'])}
  ${logger('org.apache.nifi.web.server.RequestLog', 'INFO', ['REQUEST_FILE'])}
  ${logger('deprecation', 'WARN', ['DEPRECATION_FILE'])}
  ${logger('org.apache.nifi.bootstrap', 'INFO', ['BOOTSTRAP_FILE'])}
  ${logger('org.apache.nifi.bootstrap.Command', 'INFO', ['CONSOLE', 'BOOTSTRAP_FILE'])}

  <root level="INFO">
    <appender-ref ref="CONSOLE"/>
    <appender-ref ref="APP_FILE"/>
    <appender-ref ref="DEDICATED_LOGGING"/>
  </root>
</configuration>
`;
