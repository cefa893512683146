// SPDX-License-Identifier: MIT
pragma solidity 0.8.34;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {Vm} from "forge-std/Vm.sol";
import {Bounds} from "../../contracts/libraries/Bounds.sol";

/// @notice What scripts/config/<network>.toml says; the fields are its keys.
/// @param version Makes the addresses: another one deploys everything anew, elsewhere.
/// @param token The token that exists; zero where BTSc is to be deployed to `initialHolder`.
/// @param feed Zero where there is no FeedPoster.
/// @param predecessor The Membership to succeed; zero where everything is deployed.
/// @param budgets In the order of IOperationPool.Purpose.
struct Configuration {
    string network;
    uint256 chainId;
    uint256 version;
    address token;
    address initialHolder;
    uint256 initialPrice;
    uint256 bandMinimum;
    uint256 bandMaximum;
    uint256 maximumMove;
    uint256 maximumAge;
    address feed;
    uint256 feedAge;
    address predecessor;
    uint256 normalFee;
    uint256 proFee;
    uint256 rewardShare;
    uint256 operationShare;
    uint256 stakingShare;
    uint256 succession;
    uint256 rewardTime;
    uint256 cooldown;
    uint256[] levelAmounts;
    uint256[] levelTimes;
    uint256 rewardEpoch;
    uint256 challenge;
    uint256 maximumEpochCap;
    uint256 epochCap;
    uint256 operationEpoch;
    uint256 maximumBudget;
    uint256[4] budgets;
    uint256 stakingEpoch;
    uint256 releaseShare;
    uint256 stakersShare;
    address[] recipients;
    uint256[] recipientShares;
    address[] guardians;
    address[] posters;
    address[] spenders;
    address[] publishers;
    address[] vetoers;
    address[] parameters;
    uint256 parametersDelay;
    uint256 grantDelay;
    uint256 timelockDelay;
    uint256 targetDelay;
    address[] proposers;
    address[] executors;
}

/// @title Configurations
/// @notice Reads a configuration and refuses one that does not add up, naming the key and what is wrong with it.
library Configurations {
    error ConfigurationInvalid(string key, string problem);

    /// @dev A delay shorter than a day protects nobody, and one longer than a month stops the platform from reacting.
    uint256 internal constant MINIMUM_DELAY = 1 days;
    uint256 internal constant MAXIMUM_DELAY = 30 days;
    uint256 internal constant MAINNET = 56;

    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 private constant DECIMALS = 18;

    function read(string memory network) internal view returns (Configuration memory c) {
        string memory path = string.concat("scripts/config/", network, ".toml");
        if (!vm.isFile(path)) revert ConfigurationInvalid("network", string.concat("there is no ", path));
        return parse(network, vm.readFile(path));
    }

    function parse(string memory network, string memory toml) internal pure returns (Configuration memory c) {
        c.network = network;
        c.chainId = vm.parseTomlUint(toml, ".chain_id");
        c.version = vm.parseTomlUint(toml, ".deployment.version");
        c.token = _address(toml, "token.address");
        c.initialHolder = _address(toml, "token.initial_holder");
        c.initialPrice = _decimal(toml, "price.initial");
        c.bandMinimum = _decimal(toml, "price.band_minimum");
        c.bandMaximum = _decimal(toml, "price.band_maximum");
        c.maximumMove = vm.parseTomlUint(toml, ".price.maximum_move");
        c.maximumAge = vm.parseTomlUint(toml, ".price.maximum_age");
        c.feed = _address(toml, "price.feed");
        c.feedAge = vm.parseTomlUint(toml, ".price.feed_maximum_age");
        c.predecessor = _address(toml, "membership.predecessor");
        c.normalFee = _decimal(toml, "membership.normal_fee");
        c.proFee = _decimal(toml, "membership.pro_fee");
        c.rewardShare = vm.parseTomlUint(toml, ".membership.reward_share");
        c.operationShare = vm.parseTomlUint(toml, ".membership.operation_share");
        c.stakingShare = vm.parseTomlUint(toml, ".membership.staking_share");
        c.succession = vm.parseTomlUint(toml, ".staking.succession");
        c.rewardTime = vm.parseTomlUint(toml, ".staking.reward_time");
        c.cooldown = vm.parseTomlUint(toml, ".staking.cooldown");
        c.levelAmounts = _decimals(toml, "staking.level_amounts");
        c.levelTimes = vm.parseTomlUintArray(toml, ".staking.level_times");
        c.rewardEpoch = vm.parseTomlUint(toml, ".reward_pool.epoch");
        c.challenge = vm.parseTomlUint(toml, ".reward_pool.challenge");
        c.maximumEpochCap = _decimal(toml, "reward_pool.maximum_epoch_cap");
        c.epochCap = _decimal(toml, "reward_pool.epoch_cap");
        c.operationEpoch = vm.parseTomlUint(toml, ".operation_pool.epoch");
        c.maximumBudget = _decimal(toml, "operation_pool.maximum_budget");
        c.budgets = [
            _decimal(toml, "operation_pool.ai_budget"),
            _decimal(toml, "operation_pool.operation_budget"),
            _decimal(toml, "operation_pool.moderation_budget"),
            _decimal(toml, "operation_pool.maintenance_budget")
        ];
        c.stakingEpoch = vm.parseTomlUint(toml, ".staking_pool.epoch");
        c.releaseShare = vm.parseTomlUint(toml, ".staking_pool.release_share");
        c.stakersShare = vm.parseTomlUint(toml, ".staking_pool.stakers_share");
        c.recipients = _addresses(toml, "staking_pool.recipients");
        c.recipientShares = vm.parseTomlUintArray(toml, ".staking_pool.recipient_shares");
        c.guardians = _addresses(toml, "roles.guardian");
        c.posters = _addresses(toml, "roles.poster");
        c.spenders = _addresses(toml, "roles.spender");
        c.publishers = _addresses(toml, "roles.publisher");
        c.vetoers = _addresses(toml, "roles.vetoer");
        c.parameters = _addresses(toml, "roles.parameters");
        c.parametersDelay = vm.parseTomlUint(toml, ".roles.parameters_delay");
        c.grantDelay = vm.parseTomlUint(toml, ".roles.grant_delay");
        c.timelockDelay = vm.parseTomlUint(toml, ".timelock.delay");
        c.targetDelay = vm.parseTomlUint(toml, ".timelock.target_delay");
        c.proposers = _addresses(toml, "timelock.proposers");
        c.executors = _addresses(toml, "timelock.executors");
    }

    /// @param deployer Who sends, and must be left with nothing.
    function check(Configuration memory c, address deployer) internal view {
        _require(
            c.chainId == block.chainid,
            "chain_id",
            string.concat("is ", vm.toString(c.chainId), ", but this is chain ", vm.toString(block.chainid))
        );
        _within(c.version, 1, type(uint64).max, "deployment.version");
        _checkToken(c);
        _checkPrice(c);
        _checkMembership(c);
        _checkLevels(c);
        _checkPools(c);
        _checkRecipients(c);
        _checkPowers(c);
        _checkSeparation(c);
        _checkDeployer(c, deployer);
        _checkMainnet(c);
    }

    function _checkToken(Configuration memory c) private view {
        if (c.token == address(0)) {
            _require(c.initialHolder != address(0), "token.initial_holder", "is empty: fill in who receives the supply");
            return;
        }
        _require(c.initialHolder == address(0), "token.initial_holder", "is given, but token.address exists already");
        _require(c.token.code.length != 0, "token.address", "has no code on this chain");
        _require(IERC20Metadata(c.token).decimals() == DECIMALS, "token.address", "does not have 18 decimals");
    }

    function _checkPrice(Configuration memory c) private view {
        _within(c.bandMaximum, Bounds.MINIMUM_PRICE, Bounds.MAXIMUM_PRICE, "price.band_maximum");
        _within(c.bandMinimum, Bounds.MINIMUM_PRICE, c.bandMaximum, "price.band_minimum");
        _within(c.initialPrice, c.bandMinimum, c.bandMaximum, "price.initial");
        _within(c.maximumMove, Bounds.MINIMUM_PRICE_MOVE, Bounds.MAXIMUM_PRICE_MOVE, "price.maximum_move");
        _within(c.maximumAge, Bounds.MINIMUM_PRICE_AGE, Bounds.MAXIMUM_PRICE_AGE, "price.maximum_age");
        _require(c.feed == address(0) || c.feed.code.length != 0, "price.feed", "has no code on this chain");
        _within(c.feedAge, Bounds.MINIMUM_FEED_AGE, Bounds.MAXIMUM_FEED_AGE, "price.feed_maximum_age");
    }

    function _checkMembership(Configuration memory c) private view {
        bool isSuccessor = c.predecessor != address(0);
        bool stands = !isSuccessor || c.predecessor.code.length != 0;
        _require(stands, "membership.predecessor", "has no code on this chain");
        _within(c.normalFee, Bounds.MINIMUM_FEE, Bounds.MAXIMUM_FEE, "membership.normal_fee");
        _within(c.proFee, Bounds.MINIMUM_FEE, Bounds.MAXIMUM_FEE, "membership.pro_fee");
        _within(c.rewardShare, 0, Bounds.BASIS_POINTS, "membership.reward_share");
        _within(c.operationShare, 0, Bounds.BASIS_POINTS, "membership.operation_share");
        _within(c.stakingShare, 0, Bounds.BASIS_POINTS, "membership.staking_share");
        uint256 sum = c.rewardShare + c.operationShare + c.stakingShare;
        _require(
            sum == Bounds.BASIS_POINTS,
            "membership.reward_share, operation_share, staking_share",
            string.concat("add up to ", vm.toString(sum), ", not 10000")
        );
    }

    function _checkLevels(Configuration memory c) private pure {
        _within(c.succession, Bounds.MINIMUM_SUCCESSION, Bounds.MAXIMUM_SUCCESSION, "staking.succession");
        _within(c.rewardTime, Bounds.MINIMUM_REWARD_TIME, Bounds.MAXIMUM_REWARD_TIME, "staking.reward_time");
        _within(c.cooldown, 0, Bounds.MAXIMUM_COOLDOWN, "staking.cooldown");
        uint256 count = c.levelAmounts.length;
        _within(count, 0, Bounds.MAXIMUM_LEVELS, "staking.level_amounts (how many)");
        _require(c.levelTimes.length == count, "staking.level_times", "is not as long as staking.level_amounts");
        for (uint256 i; i < count; ++i) {
            uint256 lower = i == 0 ? 0 : c.levelAmounts[i - 1];
            _require(c.levelAmounts[i] > lower, "staking.level_amounts", "do not rise from above zero");
            _within(c.levelAmounts[i], 0, type(uint128).max, "staking.level_amounts");
            _require(i == 0 || c.levelTimes[i] >= c.levelTimes[i - 1], "staking.level_times", "fall");
            _within(c.levelTimes[i], 0, type(uint40).max, "staking.level_times");
        }
    }

    function _checkPools(Configuration memory c) private pure {
        _within(c.rewardEpoch, Bounds.MINIMUM_EPOCH, Bounds.MAXIMUM_EPOCH, "reward_pool.epoch");
        _within(c.challenge, Bounds.MINIMUM_CHALLENGE, Bounds.MAXIMUM_CHALLENGE, "reward_pool.challenge");
        _within(c.epochCap, 0, c.maximumEpochCap, "reward_pool.epoch_cap");
        _within(c.operationEpoch, Bounds.MINIMUM_EPOCH, Bounds.MAXIMUM_EPOCH, "operation_pool.epoch");
        for (uint256 i; i < c.budgets.length; ++i) {
            _within(c.budgets[i], 0, c.maximumBudget, "operation_pool budgets");
        }
        _within(c.stakingEpoch, Bounds.MINIMUM_EPOCH, Bounds.MAXIMUM_EPOCH, "staking_pool.epoch");
        _within(c.releaseShare, 0, Bounds.BASIS_POINTS, "staking_pool.release_share");
    }

    /// @dev Staking is one of the pool's recipients, and the last.
    function _checkRecipients(Configuration memory c) private pure {
        _within(c.stakersShare, 0, Bounds.BASIS_POINTS, "staking_pool.stakers_share");
        uint256 stakers = c.stakersShare == 0 ? 0 : 1;
        if (stakers == 0) _checkAccounts(c.recipients, "staking_pool.recipients");
        else _checkEach(c.recipients, "staking_pool.recipients");
        _within(
            c.recipients.length + stakers,
            1,
            Bounds.MAXIMUM_RECIPIENTS,
            "staking_pool.recipients (how many, with Staking)"
        );
        _require(
            c.recipientShares.length == c.recipients.length,
            "staking_pool.recipient_shares",
            "is not as long as staking_pool.recipients"
        );
        uint256 sum = c.stakersShare;
        for (uint256 i; i < c.recipientShares.length; ++i) {
            _within(c.recipientShares[i], 1, Bounds.BASIS_POINTS, "staking_pool.recipient_shares");
            sum += c.recipientShares[i];
        }
        _require(
            sum == Bounds.BASIS_POINTS,
            "staking_pool.recipient_shares",
            string.concat("add up to ", vm.toString(sum), " with staking_pool.stakers_share, not 10000")
        );
    }

    function _checkPowers(Configuration memory c) private pure {
        _checkAccounts(c.guardians, "roles.guardian");
        // A feed may be the only poster.
        if (c.feed == address(0)) _checkAccounts(c.posters, "roles.poster");
        else _checkEach(c.posters, "roles.poster");
        _checkAccounts(c.spenders, "roles.spender");
        _checkAccounts(c.publishers, "roles.publisher");
        _checkAccounts(c.vetoers, "roles.vetoer");
        _checkAccounts(c.parameters, "roles.parameters");
        _within(c.parametersDelay, MINIMUM_DELAY, MAXIMUM_DELAY, "roles.parameters_delay");
        _within(c.grantDelay, MINIMUM_DELAY, MAXIMUM_DELAY, "roles.grant_delay");
        _within(c.targetDelay, MINIMUM_DELAY, MAXIMUM_DELAY, "timelock.target_delay");
        _within(c.timelockDelay, MINIMUM_DELAY, MAXIMUM_DELAY, "timelock.delay");
        _checkAccounts(c.proposers, "timelock.proposers");
        _checkAccounts(c.executors, "timelock.executors");
    }

    /// @dev Who can veto must be somebody else than whom the veto is there to stop.
    function _checkSeparation(Configuration memory c) private pure {
        _checkApart(c.publishers, "roles.publisher", c.vetoers, "is also in roles.vetoer: nobody would veto");
        _checkApart(c.parameters, "roles.parameters", c.vetoers, "is also in roles.vetoer: nobody would cancel");
    }

    function _checkDeployer(Configuration memory c, address deployer) private pure {
        address[] memory deployers = new address[](1);
        deployers[0] = deployer;
        string memory problem = "is the deployer, which must be left without power: send from another account";
        _checkApart(c.guardians, "roles.guardian", deployers, problem);
        _checkApart(c.posters, "roles.poster", deployers, problem);
        _checkApart(c.spenders, "roles.spender", deployers, problem);
        _checkApart(c.publishers, "roles.publisher", deployers, problem);
        _checkApart(c.vetoers, "roles.vetoer", deployers, problem);
        _checkApart(c.parameters, "roles.parameters", deployers, problem);
        _checkApart(c.proposers, "timelock.proposers", deployers, problem);
        _checkApart(c.executors, "timelock.executors", deployers, problem);
    }

    /// @dev Where there is money, one stolen key must not be enough to change who may do what.
    function _checkMainnet(Configuration memory c) private view {
        if (block.chainid != MAINNET) return;
        _checkContracts(c.proposers, "timelock.proposers");
        _checkContracts(c.executors, "timelock.executors");
    }

    function _checkAccounts(address[] memory accounts, string memory key) private pure {
        _require(accounts.length != 0, key, "is empty: fill in who it is to be");
        _checkEach(accounts, key);
    }

    function _checkEach(address[] memory accounts, string memory key) private pure {
        for (uint256 i; i < accounts.length; ++i) {
            _require(accounts[i] != address(0), key, "holds the zero address");
            for (uint256 j; j < i; ++j) {
                _require(accounts[i] != accounts[j], key, string.concat("names ", vm.toString(accounts[i]), " twice"));
            }
        }
    }

    function _checkApart(address[] memory accounts, string memory key, address[] memory others, string memory problem)
        private
        pure
    {
        for (uint256 i; i < accounts.length; ++i) {
            for (uint256 j; j < others.length; ++j) {
                bool same = accounts[i] == others[j];
                _require(!same, key, string.concat("holds ", vm.toString(accounts[i]), ", which ", problem));
            }
        }
    }

    /// @dev An account of one key that delegates (EIP-7702) has code as well: 0xef0100 and an address.
    function _checkContracts(address[] memory accounts, string memory key) private view {
        for (uint256 i; i < accounts.length; ++i) {
            bytes memory code = accounts[i].code;
            bool isContract = code.length != 0 && !(code.length == 23 && bytes3(code) == 0xef0100);
            string memory problem = " is the account of a single key: on mainnet it must be a multisig";
            _require(isContract, key, string.concat(vm.toString(accounts[i]), problem));
        }
    }

    function _within(uint256 value, uint256 minimum, uint256 maximum, string memory key) private pure {
        if (value >= minimum && value <= maximum) return;
        string memory range = string.concat(vm.toString(minimum), " to ", vm.toString(maximum));
        revert ConfigurationInvalid(key, string.concat("is ", vm.toString(value), ", outside ", range));
    }

    function _require(bool holds, string memory key, string memory problem) private pure {
        if (!holds) revert ConfigurationInvalid(key, problem);
    }

    function _address(string memory toml, string memory key) private pure returns (address) {
        return _parseAddress(vm.parseTomlString(toml, string.concat(".", key)));
    }

    function _addresses(string memory toml, string memory key) private pure returns (address[] memory accounts) {
        string[] memory texts = vm.parseTomlStringArray(toml, string.concat(".", key));
        accounts = new address[](texts.length);
        for (uint256 i; i < texts.length; ++i) {
            accounts[i] = _parseAddress(texts[i]);
        }
    }

    function _parseAddress(string memory text) private pure returns (address) {
        return bytes(text).length == 0 ? address(0) : vm.parseAddress(text);
    }

    function _decimals(string memory toml, string memory key) private pure returns (uint256[] memory values) {
        string[] memory texts = vm.parseTomlStringArray(toml, string.concat(".", key));
        values = new uint256[](texts.length);
        for (uint256 i; i < texts.length; ++i) {
            values[i] = _parseDecimal(texts[i], key);
        }
    }

    function _decimal(string memory toml, string memory key) private pure returns (uint256) {
        return _parseDecimal(vm.parseTomlString(toml, string.concat(".", key)), key);
    }

    /// @dev "0.02" is 0.02e18. TOML's own integers end at 9.2e18 and its floats are not exact.
    function _parseDecimal(string memory text, string memory key) private pure returns (uint256 value) {
        bytes memory digits = bytes(text);
        _require(digits.length != 0, key, "is empty: fill it in");
        uint256 places;
        bool fraction;
        for (uint256 i; i < digits.length; ++i) {
            if (digits[i] == "." && !fraction && i != 0 && i != digits.length - 1) {
                fraction = true;
                continue;
            }
            bool isDigit = digits[i] >= "0" && digits[i] <= "9";
            _require(isDigit && places < DECIMALS, key, "is not a decimal number of at most 18 places");
            value = value * 10 + (uint8(digits[i]) - 48);
            if (fraction) ++places;
        }
        return value * 10 ** (DECIMALS - places);
    }
}
