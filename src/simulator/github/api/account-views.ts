import { stableId } from "../model/runs/event-payload.ts";
import type { Repository } from "../model/tenants.ts";

/** Where the REST interface of an origin begins. */
export function restBase(origin: string): string {
  return `${origin}/api/v3`;
}

/** A node id in GitHub's newer shape: the kind of thing, then what is opaque to everybody. */
export function nodeId(prefix: string, id: number): string {
  return `${prefix}_${Buffer.from(`${prefix}:${id}`).toString("base64url")}`;
}

/** An account as the REST interface writes it wherever one is mentioned ("simple user"). */
export function accountView(
  origin: string,
  login: string,
  type: "User" | "Organization",
): Readonly<Record<string, unknown>> {
  const url = `${restBase(origin)}/users/${login}`;
  const id = stableId(login);
  return {
    login,
    id,
    node_id: nodeId(type === "User" ? "U" : "O", id),
    avatar_url: `${origin}/avatars/u/${id}`,
    gravatar_id: "",
    url,
    html_url: `${origin}/${login}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type,
    site_admin: false,
  };
}

/** Paths below a repository, by the member that names them. */
const repositoryPaths = {
  archive_url: "/{archive_format}{/ref}",
  assignees_url: "/assignees{/user}",
  blobs_url: "/git/blobs{/sha}",
  branches_url: "/branches{/branch}",
  collaborators_url: "/collaborators{/collaborator}",
  comments_url: "/comments{/number}",
  commits_url: "/commits{/sha}",
  compare_url: "/compare/{base}...{head}",
  contents_url: "/contents/{+path}",
  contributors_url: "/contributors",
  deployments_url: "/deployments",
  downloads_url: "/downloads",
  events_url: "/events",
  forks_url: "/forks",
  git_commits_url: "/git/commits{/sha}",
  git_refs_url: "/git/refs{/sha}",
  git_tags_url: "/git/tags{/sha}",
  hooks_url: "/hooks",
  issue_comment_url: "/issues/comments{/number}",
  issue_events_url: "/issues/events{/number}",
  issues_url: "/issues{/number}",
  keys_url: "/keys{/key_id}",
  labels_url: "/labels{/name}",
  languages_url: "/languages",
  merges_url: "/merges",
  milestones_url: "/milestones{/number}",
  notifications_url: "/notifications{?since,all,participating}",
  pulls_url: "/pulls{/number}",
  releases_url: "/releases{/id}",
  stargazers_url: "/stargazers",
  statuses_url: "/statuses/{sha}",
  subscribers_url: "/subscribers",
  subscription_url: "/subscription",
  tags_url: "/tags",
  teams_url: "/teams",
  trees_url: "/git/trees{/sha}",
} as const;

/** A repository as lists and other answers mention it ("minimal repository"). */
export function minimalRepository(origin: string, repository: Repository): Readonly<Record<string, unknown>> {
  const url = `${restBase(origin)}/repos/${repository.fullName}`;
  return {
    id: repository.id,
    node_id: nodeId("R", repository.id),
    name: repository.name,
    full_name: repository.fullName,
    private: true,
    owner: accountView(origin, repository.owner, "Organization"),
    html_url: `${origin}/${repository.fullName}`,
    description: null,
    fork: false,
    url,
    ...Object.fromEntries(Object.entries(repositoryPaths).map(([member, path]) => [member, url + path])),
  };
}

/** A repository with everything that its own address shows. What a simulator has none of is zero, empty or null. */
export function fullRepository(
  origin: string,
  repository: Repository,
  createdAt: string,
): Readonly<Record<string, unknown>> {
  const page = `${origin}/${repository.fullName}`;
  return {
    ...minimalRepository(origin, repository),
    visibility: "private",
    default_branch: "main",
    clone_url: `${page}.git`,
    git_url: `${page}.git`,
    ssh_url: `${page}.git`,
    svn_url: page,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    topics: [],
    size: 0,
    forks: 0,
    forks_count: 0,
    network_count: 0,
    open_issues: 0,
    open_issues_count: 0,
    stargazers_count: 0,
    subscribers_count: 0,
    watchers: 0,
    watchers_count: 0,
    has_issues: false,
    has_downloads: false,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    archived: false,
    disabled: false,
    permissions: { admin: true, maintain: true, push: true, triage: true, pull: true },
    pushed_at: createdAt,
    created_at: createdAt,
    updated_at: createdAt,
  };
}
