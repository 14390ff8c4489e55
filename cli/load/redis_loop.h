// One thread that drives many connections to a server.
#ifndef EVLOG_CLI_LOAD_REDIS_LOOP_H_
#define EVLOG_CLI_LOAD_REDIS_LOOP_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "cli/load/load_target.h"
#include "cli/target/redis_pipe.h"

namespace evlog::cli {

// A connection of a producer or a consumer. Belongs to one loop.
class LoadClient : public ReplySink {
 public:
  LoadClient(LoadContext* context, std::unique_ptr<RedisConnection> connection)
      : context_(context), pipe_(std::move(connection), this) {}

  RedisPipe& pipe() { return pipe_; }

  // Adds to the pipe what is due by `now`. Answers when it wants to be asked again, though no reply
  // has come: kNever, if only then. `ending`: nothing new is to be sent.
  virtual Nanos Ask(Nanos now, bool ending) = 0;
  // It has nothing under way, and nothing to send any more.
  virtual bool done() const = 0;
  // Requests of a producer that have no answer yet.
  virtual uint64_t under_way() const { return 0; }
  // What has come was read at `now`.
  virtual void Note(Recorder* recorder, Nanos now) = 0;

 protected:
  LoadContext* context() const { return context_; }

 private:
  LoadContext* const context_;
  RedisPipe pipe_;
};
using LoadClients = std::vector<std::unique_ptr<LoadClient>>;

// `producing`: it also ends when no more is to be sent, once all is answered.
std::unique_ptr<LoadWorker> MakeRedisLoop(LoadContext* context, LoadClients clients,
                                          bool producing);

}  // namespace evlog::cli

#endif  // EVLOG_CLI_LOAD_REDIS_LOOP_H_
