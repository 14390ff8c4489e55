// Whoever started this process and waits for it, such as systemd.
#ifndef EVLOG_CLI_SUPERVISOR_H_
#define EVLOG_CLI_SUPERVISOR_H_

#include <string_view>

namespace evlog::cli {

// Tells the socket of $NOTIFY_SOCKET, as sd_notify(3) describes it: `READY=1`. Without one, or when
// nobody listens there, it does nothing: a server does not depend on who watches it. Does not
// block. Call before other threads change the environment.
void TellSupervisor(std::string_view state);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_SUPERVISOR_H_
