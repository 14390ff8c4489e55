#include "groups/pump.h"

#include <mutex>

namespace evlog {

void Pump::Stop() {
  std::thread thread;
  {
    MutexLock lock(mu_);
    stopped_ = true;
    thread = std::move(thread_);
  }
  stop_.request_stop();
  if (thread.joinable()) thread.join();
  absl::flat_hash_map<Task*, std::unique_ptr<Task>> left;
  {
    MutexLock lock(mu_);
    left = std::move(tasks_);
  }
  for (const auto& [task, unused] : left) task->End();
}

void Pump::Add(std::unique_ptr<Task> task) {
  Task* const added = task.get();
  {
    MutexLock lock(mu_);
    if (!stopped_) {
      added->state_ = Task::State::kWoken;
      woken_.push_back(added);
      tasks_[added] = std::move(task);
      if (!thread_.joinable()) thread_ = std::thread([this] { RunThread(); });
      wake_.notify_all();
      return;
    }
  }
  added->End();
}

void Pump::Wake(Task* task) {
  MutexLock lock(mu_);
  if (task->state_ != Task::State::kIdle) return;  // it will run after this in any case
  task->state_ = Task::State::kWoken;
  woken_.push_back(task);
  wake_.notify_all();
}

std::vector<Pump::Task*> Pump::Take() {
  std::vector<Task*> taken = std::move(woken_);
  woken_.clear();
  const absl::Time now = clock_->Now();
  while (!times_.empty() && times_.begin()->first <= now) {
    Task* const task = times_.begin()->second;
    times_.erase(times_.begin());
    if (task->state_ != Task::State::kIdle) continue;  // it is taken already
    task->state_ = Task::State::kWoken;
    taken.push_back(task);
  }
  for (Task* const task : taken) {
    times_.erase({task->again_, task});
    task->state_ = Task::State::kIdle;  // what wakes it from now on makes it run once more
  }
  return taken;
}

void Pump::RunThread() {
  const std::stop_token stop = stop_.get_token();
  while (!stop.stop_requested()) {
    std::vector<Task*> taken;
    {
      MutexLock held(mu_);
      std::unique_lock<std::mutex> lock(mu_.native(), std::adopt_lock);
      const absl::Time next = times_.empty() ? absl::InfiniteFuture() : times_.begin()->first;
      clock_->Await(lock, wake_, next, stop,
                    [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return !woken_.empty(); });
      lock.release();
      taken = Take();
    }
    for (Task* const task : taken) {
      absl::Time again = absl::InfiniteFuture();
      const bool over = task->Run(&again);
      std::unique_ptr<Task> done;
      MutexLock lock(mu_);
      if (!over) {
        task->again_ = again;
        if (again != absl::InfiniteFuture()) times_.insert({again, task});
        continue;
      }
      task->state_ = Task::State::kOver;  // what wakes it until it is destroyed does nothing
      std::erase(woken_, task);
      done = std::move(tasks_[task]);
      tasks_.erase(task);
    }
  }
}

}  // namespace evlog
