// Template of the entry script. POSIX sh; every path comes from the environment.
// A container restarts inside its Pod with the conf directory as it left it, so each run writes every file anew, to a
// temporary name and then into place: a run that is cut off anywhere is repaired by the next one.
// Secrets pass through files and shell variables only, never through arguments, which other processes can read.
// The one process that outlives it follows the mounted certificates, and ends with NiFi.
// What is on a volume that was taken back is set aside once: its marker is written last, so a cut-off run goes on where it was.

export const startSh = `#!/bin/sh
# Puts the configuration of node {{nodeId}} into place and becomes NiFi.
# Rendered by nifi-operator: a change belongs in the NiFiCluster.
set -eu

host={{quote host}}
files={{quote files}}
secret_files={{quote secretFiles}}

say() {
  printf 'start.sh: %s\\n' "$1"
}

fail() {
  printf 'start.sh: %s\\n' "$1" >&2
  exit 1
}

need_variable() {
  eval "value=\\\${$1:-}"
  [ -n "$value" ] || fail "the environment variable $1 is not set"
}

need_file() {
  [ -r "$1" ] || fail "$1 is missing or cannot be read: $2"
  [ -s "$1" ] || fail "$1 is empty: $2"
}

# The flow, the users and the policies that a node had when it left, on a volume that was taken back since.
set_aside() {
  case $1 in
    *[!A-Za-z0-9._-]* | .*) fail "$aside may hold letters, digits, dots, dashes and underscores only" ;;
  esac
  marker="$NIFI_DATA_DIR/.set-aside-$1"
  [ ! -e "$marker" ] || return 0
  mkdir -p "$NIFI_DATA_DIR/set-aside/$1"
  for name in flow.json.gz flow.xml.gz users.xml authorizations.xml; do
    if [ -e "$NIFI_DATA_DIR/$name" ]; then
      mv "$NIFI_DATA_DIR/$name" "$NIFI_DATA_DIR/set-aside/$1/$name"
      say "set aside $name, which was on the volume before it was taken back, in set-aside/$1"
    fi
  done
  : > "$marker"
}

# NiFi binds its own name: it must lead to this Pod, and not still to the one before it.
wait_for_host() {
  command -v getent > /dev/null || return 0
  waited=0
  until leads_here; do
    if [ "$waited" -ge "$1" ]; then
      say "$host does not lead to this Pod after $1 s, starting NiFi all the same"
      return 0
    fi
    sleep 1
    waited=$((waited + 1))
  done
}

leads_here() {
  addresses=$(getent ahosts "$host") || return 1
  [ -n "\${NIFI_POD_IP:-}" ] || return 0
  case "
$addresses" in
    *"
$NIFI_POD_IP "*) return 0 ;;
    *) return 1 ;;
  esac
}

{{#if trust}}
# Java reads authorities from a store of its own form only. It is made anew at each start, so a change of the Secret is in it.
make_trust_store() {
  store="$conf/.{{trust.store}}.new"
  password={{quote trust.password}}
  keytool=\${JAVA_HOME:+$JAVA_HOME/bin/}keytool
  command -v "$keytool" > /dev/null || fail "$keytool is missing: the authority in the Secret cannot be made known to Java"
  rm -f "$store"
{{#if trust.onTopOfJdk}}
  java_home=\${JAVA_HOME:-$(dirname "$(dirname "$(readlink -f "$(command -v "$keytool")")")")}
  need_file "$java_home/lib/security/cacerts" "the authorities that Java trusts"
  cp "$java_home/lib/security/cacerts" "$store"
  chmod u+w "$store"
{{/if}}
  for name in {{trust.certificates}}; do
    "$keytool" -importcert -noprompt -keystore "$store" -storepass "$password" \\
      -alias "nifi-operator-$name" -file "$conf/$name" > "$conf/.keytool.log" 2>&1 ||
      fail "$name, an authority from the Secret, cannot be made known to Java: $(cat "$conf/.keytool.log")"
  done
  rm -f "$conf/.keytool.log"
  mv -f "$store" "$conf/{{trust.store}}"
}

{{/if}}
for name in NIFI_HOME NIFI_CONFIG_DIR NIFI_START_DIR NIFI_KEY_DIR NIFI_DATA_DIR; do
  need_variable "$name"
done
conf="$NIFI_HOME/conf"
[ -d "$conf" ] && [ -w "$conf" ] || fail "$conf is not a directory that user $(id -u) may write to"
[ -d "$NIFI_DATA_DIR" ] && [ -w "$NIFI_DATA_DIR" ] ||
  fail "$NIFI_DATA_DIR is not a directory that user $(id -u) may write to: does its storage class honour fsGroup?"

need_file "$NIFI_START_DIR/candidates" "the number of nodes, from the cluster's ConfigMap"
candidates=$(cat "$NIFI_START_DIR/candidates")
case $candidates in
  '' | *[!0-9]* | 0*) fail "$NIFI_START_DIR/candidates is not a number of nodes: $candidates" ;;
esac

need_file "$NIFI_KEY_DIR/key" "the sensitive properties key, from its Secret"
# Line ends go; a backslash begins an escape in a properties file.
sensitive_key=$(sed 's/\\\\/\\\\\\\\/g' "$NIFI_KEY_DIR/key" | tr -d '\\r')
case $sensitive_key in
  '') fail "the sensitive properties key is empty" ;;
  *'
'*) fail "the sensitive properties key has more than one line" ;;
esac

{{#if tls}}
need_variable NIFI_TLS_DIR
for name in tls.crt tls.key ca.crt; do
  need_file "$NIFI_TLS_DIR/$name" "part of the node's certificate, from its Secret"
done

# NiFi before NIFI-16319 reloads its stores when an entry of their name appears in their directory. The kubelet renews a
# Secret by swapping ..data beneath such entries, which NiFi does not see: so the link to one of them is made anew.
link_authority() {
  rm -f "$conf/.ca.crt.new"
  ln -s "$NIFI_TLS_DIR/ca.crt" "$conf/.ca.crt.new"
  mv -f "$conf/.ca.crt.new" "$conf/ca.crt"
}

# Once more after two minutes: a NiFi that was starting had read the old files and did not watch yet. A link that cannot be
# made, as on a full disk, is tried again: whoever gave up here would leave NiFi with certificates that end.
follow_certificates() {
  ticks=0
  while sleep 5 && kill -0 $$; do
    now=$(readlink "$NIFI_TLS_DIR/..data") || now=$seen
    ticks=$((ticks + 1))
    if [ "$now" != "$seen" ]; then
      seen=$now
      ticks=0
    fi
    case $ticks in
      0 | 24) link_authority || ticks=23 ;;
    esac
  done
}

{{/if}}
[ -z "$secret_files" ] || need_variable NIFI_SECRET_DIR
for name in $files; do
  need_file "$NIFI_CONFIG_DIR/$name" "part of the node's ConfigMap"
done
for name in $secret_files; do
  need_file "$NIFI_SECRET_DIR/$name" "part of the node's Secret"
done

# Only this user may read what now holds secrets; NiFi itself keeps the umask of the container.
# Nothing may follow the closing parenthesis: behind || or && the shell would not stop at the first failure.
(
  umask 077
  for name in $files; do
    cat "$NIFI_CONFIG_DIR/$name" > "$conf/.$name.new"
  done
  for name in $secret_files; do
    case $name in
      nifi.properties | bootstrap.conf) cat "$NIFI_SECRET_DIR/$name" >> "$conf/.$name.new" ;;
      *) cat "$NIFI_SECRET_DIR/$name" > "$conf/.$name.new" ;;
    esac
  done
  {
    printf '\\n# Known only when the node starts\\n'
    printf 'nifi.cluster.flow.election.max.candidates=%s\\n' "$candidates"
    printf 'nifi.sensitive.props.key=%s\\n' "$sensitive_key"
  } >> "$conf/.nifi.properties.new"
  for name in $files $secret_files; do
    [ ! -e "$conf/.$name.new" ] || mv -f "$conf/.$name.new" "$conf/$name"
  done
)
unset sensitive_key
{{#if trust}}
make_trust_store
{{/if}}

aside="$NIFI_START_DIR/set-aside-{{nodeId}}"
[ ! -s "$aside" ] || set_aside "$(cat "$aside")"
[ -z "\${NIFI_WAIT_FOR_HOST_SECONDS:-}" ] || wait_for_host "$NIFI_WAIT_FOR_HOST_SECONDS"

say "the configuration of node {{nodeId}} is in place, $candidates nodes take part in the flow election"
{{#if tls}}
seen=$(readlink "$NIFI_TLS_DIR/..data") || seen=
link_authority
# In a shell of its own that has nothing open: one that only redirects keeps the container's output open as well.
(
  exec < /dev/null > /dev/null 2>&1
  follow_certificates
) &
{{/if}}
[ -x "$NIFI_HOME/bin/nifi.sh" ] || fail "$NIFI_HOME/bin/nifi.sh is missing: is this an image of NiFi?"
exec "$NIFI_HOME/bin/nifi.sh" run
`;
